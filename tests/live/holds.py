#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 120 s
"""Real programs that hold descriptors without leaking: none of their places is called a leak."""

import shutil
import socket
import subprocess
import sys
import time

import harness
from tracing import Traced

WATCHED = 16  # seconds: a leak is named after ten
CLIENTS = 500

# Each begins when it is told to, and goes on until its standard input ends.
PROLOGUE = """
import os, select, socket, sys, time
print("ready", flush=True)
sys.stdin.readline()
def until_end(work=lambda: None, pause=0.1):
    print("done", flush=True)
    while not select.select([0], [], [], pause)[0]:
        work()
"""

STREAMS = """
streams = [open("/etc/hostname", "rb") for _ in range(120)]
def read():
    for s in streams:
        s.seek(0)
        s.read(1)
until_end(read)
"""

SERVICE = """
import fcntl, tempfile
folder = tempfile.mkdtemp()
pid = open(folder + "/pid", "w")
pid.write(str(os.getpid()))
lock = open(folder + "/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]
until_end()
"""

POOL = """
import sqlite3, tempfile
path = tempfile.mkdtemp() + "/db"
pool = []
def take():
    if len(pool) < 24:
        pool.append(sqlite3.connect(path))
    c = pool[len(pool) // 2]
    c.execute("select 1").fetchall()
until_end(take, 0.05)
"""

ROTATION = """
live = []
def rotate():
    live.append(open("/etc/hostname"))
    if len(live) > 20:
        live.pop(0).close()
until_end(rotate, 0.05)
"""

BUSY = """
import random
live = []
def work():
    live.append((time.monotonic() + random.expovariate(1), open("/etc/hostname")))
    now = time.monotonic()
    for due, f in live:
        if due < now:
            f.close()
    live[:] = [(d, f) for d, f in live if not f.closed]
until_end(work, 0.02)
"""

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  keepalive_timeout 600; client_header_timeout 600;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "x"; }} }}
}}
"""


class Holds(Traced):
    def program(self, name, source):
        path = self.daemon.folder / f"holds_{name}.py"
        path.write_text(PROLOGUE + source)
        program = self.start([sys.executable, str(path)])
        self.track(program.pid)
        program.leak(1)
        return program.pid

    def nginx(self):
        """A server with as many clients as come one after the other, and then say nothing."""
        folder = self.daemon.folder / "nginx"
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        configuration = folder / "conf"
        configuration.write_text(NGINX.format(folder=folder, port=port))
        server = subprocess.Popen([shutil.which("nginx"), "-c", configuration, "-p", folder],
                                  stderr=subprocess.DEVNULL)

        def end():
            server.terminate()
            server.wait(harness.DEADLINE)

        self.addCleanup(end)

        def answers():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0

        harness.wait_for(answers, "nginx to listen")
        self.track(server.pid)
        return server.pid, port

    def connect(self, port, clients):
        """One more idle client."""
        s = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(s.close)
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        clients.append(s)

    def assert_no_leak(self, pids):
        for name, pid in pids.items():
            for site in self.sites(pid)["sites"]:
                self.assertNotEqual(site["verdict"], "leak", (name, site))

    def test_none_is_called_a_leak(self):
        pids = {name: self.program(name, source) for name, source in
                {"streams": STREAMS, "service": SERVICE, "pool": POOL, "rotation": ROTATION,
                 "busy": BUSY}.items()}
        clients, port = [], None
        if shutil.which("nginx"):
            pids["nginx"], port = self.nginx()
        else:
            harness.note("there is no nginx: make check fetches it")
        begin = time.monotonic()
        while time.monotonic() - begin < WATCHED:
            wanted = min(CLIENTS, CLIENTS * (time.monotonic() - begin) / (WATCHED * 0.8))
            while port and len(clients) < wanted:
                self.connect(port, clients)
            self.assert_no_leak(pids)
            time.sleep(0.2)
        if port:
            accepted = self.sites(pids["nginx"])["sites"][0]
            self.assertEqual(accepted["live"], CLIENTS)
            self.assertEqual((accepted["kind"], accepted["verdict"]), ("socket", "holds"))
        streams = self.sites(pids["streams"])["sites"][0]
        self.assertEqual((streams["live"], streams["verdict"]), (120, "holds"), streams)


if __name__ == "__main__":
    harness.main()
