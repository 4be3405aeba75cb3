#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Records real programs that leak and that don't: tests/scenarios/real/NAME.csv and labels.csv.

usage: record.py FOLDER [NAME...]

Each program runs by itself under its own limit and is recorded twice a second, with the totals of
what it opened and closed, by `fdwatch record` with a daemon of its own ($FDWATCH_BUILD's), until it
meets its limit or its time is over. All run at once; it takes four minutes. As root; with Node,
Java and PostgreSQL, and what `packaging/fetch-peers BUILD nginx wrk libluajit-5.1-2` unpacks.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "live"))
from harness import CLIENT, PEERS, Daemon, folder_of_own  # noqa: E402

SECONDS = 240.0
STEP = 0.5
PORT = 18080  # of nginx

SERVER = """
import os, random, socket, socketserver, sys, threading, time
kept, leaks = [], float(sys.argv[1])
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(100):
            file = open('/proc/self/stat')
            self.request.sendall(file.read(50).encode())
            if random.random() < leaks:
                kept.append(file)
            else:
                file.close()
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(('127.0.0.1', 0), Handler)
def client():
    time.sleep(random.random() * 20)
    while True:
        with socket.create_connection(server.server_address) as s:
            for _ in range(random.randint(1, 20)):
                s.sendall(b'x')
                s.recv(100)
                time.sleep(random.expovariate(2))
        time.sleep(random.random() * 3)
for _ in range(30):
    threading.Thread(target=client, daemon=True).start()
server.serve_forever()
"""

BURSTS = """
import random, time
kept = []
while True:
    time.sleep(random.expovariate(1 / 6))
    kept += [open('/dev/null') for _ in range(random.randint(1, 30))]
"""

FILES = """
import concurrent.futures, os, random, time
def job(_):
    with open('/proc/self/stat') as file:
        time.sleep(random.expovariate(3))
        return file.read(10)
with concurrent.futures.ThreadPoolExecutor(60) as pool:
    while True:
        list(pool.map(job, range(random.randint(1, 400))))
        time.sleep(random.expovariate(0.5))
"""

CACHE = """
import collections, random, time
cache = collections.OrderedDict()
while True:
    key = int(random.paretovariate(0.6)) % 4000
    if key not in cache:
        cache[key] = open('/proc/self/stat')
        if len(cache) > 160:
            cache.popitem(last=False)[1].close()
    else:
        cache.move_to_end(key)
    time.sleep(0.05)
"""

NODE_LEAK = """
const net = require('net'), fs = require('fs');
const server = net.createServer(s => s.on('error', () => {})).listen(0, '127.0.0.1', () => {
  const open = () => {
    const c = net.connect(server.address().port, '127.0.0.1');
    c.on('error', () => {});
    if (Math.random() < 0.8) setTimeout(() => c.destroy(), 300);
    setTimeout(open, 150 + Math.random() * 300);
  };
  open(); open();
});
"""

NODE_HTTP = """
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 40});
const server = http.createServer((q, r) => setTimeout(() => r.end('ok'), 50));
server.listen(0, '127.0.0.1', () => {
  const port = server.address().port;
  setInterval(() => {
    const n = Math.floor(25 * (1 + Math.sin(Date.now() / 12000)) * Math.random());
    for (let i = 0; i < n; i++)
      http.get({port, agent}, r => r.resume()).on('error', () => {});
  }, 400);
});
"""

JAVA = """
import java.io.FileInputStream;
import java.util.ArrayList;
public class Main {
    public static void main(String[] a) throws Exception {
        ArrayList<Object> kept = new ArrayList<>();
        boolean leaks = a[0].equals("leaks");
        for (long n = 0; ; n++) {
            FileInputStream s = new FileInputStream("/proc/self/stat");
            if (leaks && n % 4 == 0)
                kept.add(s);
            else
                s.close();
            if (!leaks && n % 40 < 20) {
                new FileInputStream("/dev/null");  // closed when it is collected
            }
            if (n % 600 == 599) System.gc();
            Thread.sleep(40);
        }
    }
}
"""


def python(code, *arguments):
    return lambda folder: [sys.executable, "-c", code, *arguments]


def node(code):
    return lambda folder: ["node", "-e", code]


def java(word):
    def command(folder):
        source = Path(folder) / "Main.java"
        source.write_text(JAVA, encoding="ascii")
        return ["java", "-Xmx64m", str(source), word]
    return command


PROGRAMS = {  # name: kind, limit, command
    "python_server_leaks": ("leak", 256, python(SERVER, "0.05")),
    "python_server": ("clear", 256, python(SERVER, "0")),
    "python_bursts": ("leak", 256, python(BURSTS)),
    "python_files": ("clear", 128, python(FILES)),
    "python_cache": ("ramp", 256, python(CACHE)),
    "node_sockets_leak": ("leak", 512, node(NODE_LEAK)),
    "node_http": ("clear", 256, node(NODE_HTTP)),
    "java_leaks": ("leak", 512, java("leaks")),
    "java_collected": ("clear", 1024, java("collected")),
}


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def watch(daemon, pid, limit, seconds):
    """What `fdwatch record` says of a process: (seconds, live, limit, opened, closed)."""
    daemon.await_polls(1)  # it is known from the next one on
    points, begin = [], time.monotonic()
    with subprocess.Popen([CLIENT, "--socket", daemon.socket, "record", str(pid)],
                          stdout=subprocess.PIPE, text=True) as recorder:
        recorder.stdout.readline()
        for line in recorder.stdout:  # it ends with the process
            t, live, _, opened, closed = line.split(",")
            points.append((float(t), int(live), limit, int(opened), int(closed)))
            if int(live) >= limit or time.monotonic() - begin > seconds:
                recorder.kill()
                break
    return [(t - points[0][0], *rest) for t, *rest in points]


def run(daemon, name):
    _, limit, make = PROGRAMS[name]
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen(
            make(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        try:
            points = watch(daemon, child.pid, limit, SECONDS)
            if points and child.poll():  # it died of its limit, between two looks
                t, live, _, opened, closed = points[-1]
                points.append((t + STEP, limit, limit, opened + limit - live, closed))
            return points
        finally:
            child.kill()
            child.wait()


def postgres(daemon):
    """A server of its own under pgbench with a pool; watches the server process that has most."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = tempfile.mkdtemp()
    shutil.chown(folder, "postgres")
    data = f"{folder}/data"

    def as_postgres(*command, **more):
        return subprocess.run(["runuser", "-u", "postgres", "--", *map(str, command)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                              check=True, **more)

    try:
        as_postgres(programs / "initdb", "-D", data)
        as_postgres(programs / "pg_ctl", "-D", data, "-w", "-o",
                    f"-k {folder} -c listen_addresses= -c max_files_per_process=100", "start")
        as_postgres("pgbench", "-h", folder, "-i", "-s", "2", "postgres")
        load = subprocess.Popen(
            ["runuser", "-u", "postgres", "--", "pgbench", "-h", folder, "-c", "8", "-j", "1",
             "-R", "40", "-T", str(int(SECONDS)), "postgres"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        time.sleep(2)
        leader = int(Path(data, "postmaster.pid").read_text(encoding="ascii").split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text(encoding="ascii")
        backend = max(map(int, children.split()), key=open_files)
        points = watch(daemon, backend, 256, SECONDS - 5)
        load.kill()
        load.wait()
        return points
    finally:
        subprocess.run(["runuser", "-u", "postgres", "--", programs / "pg_ctl", "-D", data, "-m",
                        "immediate", "stop"], stdout=subprocess.DEVNULL, check=False, cwd="/")
        shutil.rmtree(folder)


def nginx(daemon):
    """nginx alone, unpacked by packaging/fetch-peers, under a load of wrk that comes and goes."""
    folder, libraries = folder_of_own(), PEERS / "usr/lib" / f"{os.uname().machine}-linux-gnu"
    kept = "".join(f"{what}_temp_path {folder}/{what};\n"
                   for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "conf").write_text(
        f"daemon off; master_process off; error_log {folder}/error; pid {folder}/pid;\n"
        f"events {{ worker_connections 400; }}\nhttp {{ access_log {folder}/access; {kept}"
        "keepalive_timeout 8s; open_file_cache max=60 inactive=10s;\n"
        f"server {{ listen 127.0.0.1:{PORT}; root {folder}; }} }}\n", encoding="ascii")
    for n in range(80):
        (folder / f"{n}.html").write_text("x" * 100 * n, encoding="ascii")
    (folder / "pages.lua").write_text(
        "request = function() "
        "return wrk.format('GET', '/' .. math.random(0, 79) .. '.html') end\n", encoding="ascii")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    server = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "conf"], **quiet,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                                    (512, 512)))
    stop = threading.Event()

    def load():
        rng = random.Random(1)
        while not stop.wait(rng.uniform(0, 15)):
            subprocess.run(["nice", "wrk", "-t", "1", "-c", str(rng.choice((10, 40, 120, 250))),
                            "-d", f"{rng.randint(3, 25)}s", "-s", folder / "pages.lua",
                            f"http://127.0.0.1:{PORT}/"], **quiet, check=False)

    client = threading.Thread(target=load)
    try:
        client.start()
        return watch(daemon, server.pid, 512, SECONDS)
    finally:
        stop.set()
        client.join()
        server.kill()
        server.wait()
        shutil.rmtree(folder)


OTHERS = {"postgres_backend": postgres, "nginx_wrk": nginx}


def main():
    folder, names = Path(sys.argv[1]), sys.argv[2:] or [*PROGRAMS, *OTHERS]
    folder.mkdir(parents=True, exist_ok=True)
    traces, daemon = {}, Daemon(interval=STEP)

    def record(name):
        traces[name] = OTHERS[name](daemon) if name in OTHERS else run(daemon, name)

    threads = [threading.Thread(target=record, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    daemon.close()
    rows = {}
    if (folder / "labels.csv").exists():
        rows = {row.split(",")[2]: row
                for row in (folder / "labels.csv").read_text(encoding="ascii").splitlines()}
    for name, points in traces.items():
        kind = PROGRAMS.get(name, ("clear",))[0]
        end = next((t for t, live, limit, *_ in points if live >= limit), None)
        if kind == "leak" and end is None:
            print(f"record: {name} never met its limit: left out", file=sys.stderr)
            continue
        with open(folder / f"{name}.csv", "w", encoding="ascii") as file:
            file.write("t_seconds,live,limit,opened,closed\n")
            file.writelines(f"{t:.1f},{','.join(map(str, rest))}\n" for t, *rest in points)
        begin, stop = ("0.00", f"{end:.2f}") if kind == "leak" else ("", "")
        rows[name] = f"{name}.csv,{kind},{name},{begin},{stop}"
    (folder / "labels.csv").write_text("".join(f"{rows[n]}\n" for n in sorted(rows)),
                                       encoding="ascii")


if __name__ == "__main__":
    main()
