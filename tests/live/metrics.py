#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""The metrics port: formats, figures that agree with the list, health, the page, many at once."""

import gzip
import http.client
import os
import re
import socket
import subprocess
import threading

import harness

CLASSIC = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')
UNESCAPED = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}
SCRAPERS = 50


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path="/metrics", method="GET", **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.DEADLINE)
    try:
        connection.request(method, path,
                           headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def samples(text):
    """{(name, ((label, value)…)): figure}."""
    found = {}
    for line in text.split("\n"):
        match = SAMPLE.match(line)
        if match:
            labels = tuple((key, re.sub(r"\\.", lambda m: UNESCAPED[m[0]], value))
                           for key, value in LABEL.findall(match[2] or ""))
            found[match[1], labels] = float(match[3])
    return found


class Metrics(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.daemon = harness.Daemon(options=["--metrics-listen", f"127.0.0.1:{cls.port}"])
        cls.addClassCleanup(cls.daemon.close)

    def scrape(self):
        return samples(fetch(self.port)[2].decode())

    def group(self, name, figure):
        return self.scrape().get((f"fdwatch_group_{figure}", (("group", name),)))

    def test_figures_of_a_group(self):
        maker = self.maker(limit=100)
        for _ in range(20):
            maker.must("open")
        self.await_equal(maker.pid)
        open_fds = self.daemon.find(maker.pid)["fds"]
        harness.wait_for(lambda: self.group("fdmaker", "open_fds") == open_fds, "the group's count")
        self.assertEqual(self.group("fdmaker", "processes"), 1)
        self.assertAlmostEqual(self.group("fdmaker", "worst_fd_ratio"), open_fds / 100)
        opened = self.group("fdmaker", "fds_opened_total")
        self.assertGreaterEqual(opened, 20)
        found = self.scrape()
        states = {dict(labels)["state"]: value for (name, labels), value in found.items()
                  if name == "fdwatch_group_state" and dict(labels)["group"] == "fdmaker"}
        self.assertEqual(sorted(states), ["critical", "exhausted", "growing", "ok", "warning"])
        self.assertEqual(sum(states.values()), 1)
        maker.close()
        harness.wait_for(lambda: self.group("fdmaker", "processes") == 0, "the process's end")
        self.assertGreaterEqual(self.group("fdmaker", "fds_opened_total"), opened)

    def test_formats(self):
        for accept, kind, end in ((CLASSIC, CLASSIC, b""), (OPENMETRICS, OPENMETRICS, b"# EOF\n")):
            status, headers, body = fetch(self.port, Accept=accept)
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith(kind), headers)
            self.assertTrue(body.endswith(end or body[-1:]))
            packed = fetch(self.port, Accept=accept, Accept_Encoding="gzip")
            self.assertEqual(packed[1]["Content-Encoding"], "gzip")
            self.assertEqual(sorted(samples(gzip.decompress(packed[2]).decode())),
                             sorted(samples(body.decode())))
        self.assertNotIn("Content-Encoding",
                         fetch(self.port, Accept_Encoding="gzip;q=0, identity")[1])

    def test_the_same_on_the_unix_socket(self):
        connection = harness.Connection(self.daemon.socket)
        connection.request("GET", "/metrics")
        found = samples(connection.getresponse().read().decode())
        connection.close()
        self.assertIn(("fdwatch_system_maximum_fds", ()), found)
        self.assertEqual({name for name, _ in found}, {name for name, _ in self.scrape()})

    def test_itself(self):
        found = self.scrape()
        self.assertGreater(found["process_cpu_seconds_total", ()], 0)
        self.assertGreater(found["process_resident_memory_bytes", ()], 1 << 20)
        self.assertGreater(found["process_max_fds", ()], found["process_open_fds", ()])
        self.assertLess(abs(found["process_start_time_seconds", ()]
                            - os.stat(f"/proc/{self.daemon.pid}").st_mtime), 60)

    def test_other_pages(self):
        self.assertEqual(fetch(self.port, "/-/healthy")[0], 200)
        self.assertEqual(fetch(self.port, "/-/ready")[0], 200)
        self.assertEqual(fetch(self.port, "/nowhere")[0], 404)
        self.assertEqual(fetch(self.port, method="POST")[0], 405)
        self.assertEqual(fetch(self.port, method="HEAD")[2], b"")
        status, headers, body = fetch(self.port, "/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn(b"<script", body)

    def test_hostile_names_come_back(self):
        name = 'a"b\\c\n<i>\u00e4'
        program = self.daemon.folder / "sleeper"
        program.write_text("import ctypes,sys\nctypes.CDLL(None).prctl(15, sys.argv[1].encode())\n"
                           "print(flush=True)\nsys.stdin.read()\n")
        sleeper = subprocess.Popen(["/usr/bin/python3", str(program), name],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            sleeper.stdout.readline()
            # A group is named when its process is first met, or runs another program.
            harness.wait_for(lambda: self.daemon.find(sleeper.pid), "the process")
            page = fetch(self.port, "/")[2]
            self.assertNotIn(b"<i>", page)
            children = subprocess.Popen(
                ["/usr/bin/python3", "-c", "import ctypes,os,sys\n"
                 "ctypes.CDLL(None).prctl(15, sys.argv[1].encode())\n"
                 "if os.fork() == 0:\n sys.stdin.read(); os._exit(0)\nos.wait()", name],
                stdin=subprocess.PIPE)
            try:
                harness.wait_for(lambda: self.group(name, "processes"), "the name, as it was given")
            finally:
                children.stdin.close()
                children.wait(harness.DEADLINE)
        finally:
            sleeper.stdin.close()
            sleeper.stdout.close()
            sleeper.wait(harness.DEADLINE)

    def test_many_at_once_and_slow_ones(self):
        """Fifty scrape, some never read or send nothing; polls go on."""
        stuck = []
        for request in (b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"):
            for _ in range(3):
                one = socket.create_connection(("127.0.0.1", self.port))
                self.addCleanup(one.close)
                one.sendall(request)
                stuck.append(one)
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(fetch(self.port)[0]))
                   for _ in range(SCRAPERS)]
        polls = self.daemon.status()["polls_total"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(harness.DEADLINE)
        self.assertEqual(answers, [200] * SCRAPERS)
        harness.wait_for(lambda: self.daemon.status()["polls_total"] > polls + 2, "polls to go on")


class Address(harness.Case):
    def test_taken(self):
        """An address that is taken is named, with what to do."""
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            other = harness.Daemon(start=False)
            self.addCleanup(other.close)
            ended = other.run("--metrics-listen", f"127.0.0.1:{port}")
            self.assertEqual(ended.returncode, 1)
            self.assertIn(f"can't listen at 127.0.0.1:{port} for metrics", ended.stderr)
            self.assertIn("--metrics-listen", ended.stderr)

    def test_ipv6(self):
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            self.skipTest("this host has no IPv6")
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                self.skipTest("this host has no ::1")
            port = probe.getsockname()[1]
        with harness.Daemon(options=["--metrics-listen", f"[::1]:{port}"]):
            with socket.create_connection(("::1", port)) as connection:
                connection.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
                self.assertIn(b"200", connection.recv(100))


if __name__ == "__main__":
    harness.main()
