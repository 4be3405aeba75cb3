#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 300 s
"""The metrics port: formats, figures that agree with the list, health, the page, many at once."""

import base64
import gzip
import http.client
import os
import re
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import unittest

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
    interval = 0.5
    name = harness.MAKER_NAME

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.daemon = harness.Daemon(interval=cls.interval, start=False)
        cls.addClassCleanup(cls.daemon.close)
        config = cls.daemon.folder / "fdwatch.conf"
        config.write_text("[metrics]\ngroup_by = command\n")
        cls.daemon.options = ["--config", str(config), "--metrics-listen",
                              f"127.0.0.1:{cls.port}"]
        cls.daemon.start()

    def scrape(self):
        return samples(fetch(self.port)[2].decode())

    @staticmethod
    def of_one_poll(first, second):
        """What both give, by a poll that did not end between them."""
        def pair():
            found = first(), second()
            polls = {of["fdwatch_polls_total", ()] for of in found}
            return found if len(polls) == 1 else None

        return harness.wait_for(pair, "two answers from one poll", 60)

    def group(self, name, figure):
        return self.scrape().get((f"fdwatch_group_{figure}", (("group", name),)))

    def test_figures_of_a_group(self):
        maker = self.maker(limit=100)
        for _ in range(20):
            maker.must("open")
        self.await_equal(maker.pid)
        open_fds = self.daemon.find(maker.pid)["fds"]
        harness.wait_for(lambda: self.group(self.name, "open_fds") == open_fds, "the group's count")
        self.assertEqual(self.group(self.name, "processes"), 1)
        self.assertAlmostEqual(self.group(self.name, "worst_fd_ratio"), open_fds / 100)
        opened = self.group(self.name, "fds_opened_total")
        self.assertGreaterEqual(opened, 20)
        found = self.scrape()
        states = {dict(labels)["state"]: value for (name, labels), value in found.items()
                  if name == "fdwatch_group_state" and dict(labels)["group"] == self.name}
        self.assertEqual(sorted(states), ["critical", "exhausted", "growing", "ok", "warning"])
        self.assertEqual(sum(states.values()), 1)
        alarms = [labels for name, labels in found
                  if name == "fdwatch_group_alarm" and ("group", self.name) in labels]
        self.assertEqual(alarms, [] if states["ok"] else [
            (("group", self.name), ("state", max(states, key=states.get)))])
        maker.close()
        harness.wait_for(lambda: self.group(self.name, "processes") == 0, "the process's end")
        self.assertGreaterEqual(self.group(self.name, "fds_opened_total"), opened)

    def test_formats(self):
        for accept, kind, end in ((CLASSIC, CLASSIC, b""), (OPENMETRICS, OPENMETRICS, b"# EOF\n")):
            status, headers, body = fetch(self.port, Accept=accept)
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith(kind), headers)
            self.assertTrue(body.endswith(end or body[-1:]))
            def unpacked(accept=accept):
                _, headers, body = fetch(self.port, Accept=accept, Accept_Encoding="gzip")
                self.assertEqual(headers["Content-Encoding"], "gzip")
                return samples(gzip.decompress(body).decode())

            def plain(accept=accept):
                return samples(fetch(self.port, Accept=accept)[2].decode())

            one, other = self.of_one_poll(unpacked, plain)
            self.assertEqual(set(one), set(other))
            # Its own CPU time and the like are read when they are asked for.
            self.assertEqual(*({sample: figure for sample, figure in found.items()
                                if not sample[0].startswith("process_")}
                               for found in (one, other)))
        self.assertNotIn("Content-Encoding",
                         fetch(self.port, Accept_Encoding="gzip;q=0, identity")[1])

    def test_the_same_on_the_unix_socket(self):
        def local():
            connection = harness.Connection(self.daemon.socket)
            connection.request("GET", "/metrics")
            try:
                return samples(connection.getresponse().read().decode())
            finally:
                connection.close()

        found, scraped = self.of_one_poll(local, self.scrape)
        self.assertIn(("fdwatch_system_maximum_fds", ()), found)
        self.assertEqual(found, scraped)

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

    def test_not_ready_while_nothing_can_be_read(self):
        """Without a descriptor to spare: on a connection that there was before."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.DEADLINE)
        self.addCleanup(connection.close)

        def ready():
            connection.request("GET", "/-/ready")
            response = connection.getresponse()
            response.read()
            return response.status

        self.assertEqual(ready(), 200)
        polls = self.daemon.status()["polls_total"]
        soft, hard = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (3, hard))
        try:
            harness.wait_for(lambda: ready() == 503, "the daemon to say that it can't read")
        finally:
            resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
        harness.wait_for(lambda: ready() == 200, "the daemon to read again")
        self.assertGreater(self.daemon.status()["polls_total"], polls)

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


WEB = """
tls_server_config:
  cert_file: server.pem
  key_file: server.key
basic_auth_users:
  reader: {hash}
"""
# What bcrypt makes of "secret", by the least cost it knows.
BCRYPT = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"


def certify(folder, name, common_name):
    """A certificate that speaks for itself, put in place as a renewal does: by a rename."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    f"/CN={common_name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                    f"{name}.key.new", "-out", f"{name}.pem.new"],
                   cwd=folder, check=True, capture_output=True)
    for end in ("key", "pem"):
        (folder / f"{name}.{end}.new").rename(folder / f"{name}.{end}")


class Web(unittest.TestCase):
    """TLS and passwords, by the file that exporters share."""

    def setUp(self):
        self.port = free_port()
        self.folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, self.folder)
        certify(self.folder, "server", "first")
        self.web = self.folder / "web.yml"
        self.web.write_text(WEB.format(hash=BCRYPT))
        self.config = self.folder / "fdwatch.conf"
        self.config.write_text(f"[metrics]\nweb_config = {self.web}\n")

    def serve(self):
        self.daemon = harness.Daemon(
            options=["--config", self.config, "--metrics-listen", f"127.0.0.1:{self.port}"])
        self.addCleanup(self.daemon.close)

    def ask(self, user=None, client=None, path="/metrics"):
        """(status, the server's name) of a request over TLS."""
        context = ssl.create_default_context(cafile=self.folder / "server.pem")
        if client:
            context.load_cert_chain(self.folder / f"{client}.pem", self.folder / f"{client}.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context,
                                                 timeout=harness.DEADLINE)
        try:
            connection.connect()
            name = dict(x[0] for x in connection.sock.getpeercert()["subject"])["commonName"]
            headers = {}
            if user:
                headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status, name
        finally:
            connection.close()

    def test_password(self):
        self.serve()
        self.assertEqual(self.ask()[0], 401)
        self.assertEqual(self.ask("reader:wrong")[0], 401)
        self.assertEqual(self.ask("nobody:secret")[0], 401)
        self.assertEqual(self.ask("reader:")[0], 401)
        self.assertEqual(self.ask("reader:" + "s" * 5000)[0], 401)
        self.assertEqual(self.ask("reader:secret"), (200, "first"))
        self.assertEqual(self.ask("reader:secret")[0], 200)
        for path, status in (("/", 401), ("/nowhere", 401), ("/-/healthy", 200),
                             ("/-/ready", 200)):  # a kubelet has no password
            self.assertEqual(self.ask(path=path)[0], status, path)
        with self.assertRaises(OSError):  # no TLS, no answer
            fetch(self.port)
        answers = []
        threads = [threading.Thread(target=lambda n=n: answers.append(
            self.ask("reader:secret" if n % 2 else f"reader:wrong{n}")[0])) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(harness.DEADLINE)
        self.assertEqual(sorted(answers), [200] * 10 + [401] * 10)

    def test_renewed_and_broken(self):
        self.serve()
        self.assertEqual(self.ask("reader:secret"), (200, "first"))
        certify(self.folder, "other", "other")
        (self.folder / "other.key").rename(self.folder / "server.key")
        harness.wait_for(lambda: "passwords of the metrics port hold: " in self.daemon.log(),
                         "a line about the key", 30)
        self.assertIn("web.yml: cert_file and key_file can't be used", self.daemon.log())
        self.assertEqual(self.ask("reader:secret"), (200, "first"))
        certify(self.folder, "server", "second")
        self.web.write_text(WEB.format(hash=BCRYPT))

        def renewed():
            try:
                return self.ask("reader:secret")[1] == "second"
            except OSError:  # the file is another than what the server still shows
                return False

        harness.wait_for(renewed, "the new certificate", 30)

    def test_client_certificate(self):
        certify(self.folder, "client", "prometheus")
        certify(self.folder, "stranger", "someone")
        self.web.write_text(
            "tls_server_config: {cert_file: server.pem, key_file: server.key, client_ca_file: "
            "client.pem, client_auth_type: RequireAndVerifyClientCert, min_version: TLS13}\n")
        self.serve()
        self.assertEqual(self.ask(client="client")[0], 200)
        self.assertEqual(self.ask(path="/-/healthy")[0], 200)  # nor a certificate
        for client in (None, "stranger"):
            try:
                self.assertEqual(self.ask(client=client)[0], 403)
            except (OSError, http.client.HTTPException):
                pass  # refused while hands were shaken

    def test_versions_of_tls(self):
        """Both bounds hold: a client that speaks nothing between them gets no answer."""
        text = self.web.read_text()
        for bounds, versions in (("max_version: TLS12", ("TLSv1.2", "TLSv1.2", None)),
                                 ("min_version: TLS13", ("TLSv1.3", None, "TLSv1.3"))):
            self.web.write_text(text.replace("  key_file", f"  {bounds}\n  key_file"))
            self.serve()
            self.assertEqual((self.version(), self.version(most=ssl.TLSVersion.TLSv1_2),
                              self.version(least=ssl.TLSVersion.TLSv1_3)), versions)
            self.daemon.stop()

    def version(self, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.folder / "server.pem")
        context.minimum_version, context.maximum_version = least, most
        with socket.create_connection(("127.0.0.1", self.port)) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
                    return tls.version()
            except (ssl.SSLError, ConnectionError):
                return None

    def test_what_is_wrong_is_named(self):
        for text, said in (
                ("tls_server_config: {cert_file: server.key, key_file: server.pem}",
                 "web.yml: cert_file and key_file can't be used: "),
                ("surprise: 1", "web.yml:1: fdwatchd does not know the key 'surprise'")):
            self.web.write_text(text + "\n")
            daemon = harness.Daemon(start=False)
            self.addCleanup(daemon.close)
            ended = daemon.run("--config", self.config, "--metrics-listen",
                               f"127.0.0.1:{self.port}")
            self.assertEqual(ended.returncode, 1, text)
            self.assertIn(said, ended.stderr)
            ended = daemon.run("--check-config", self.config)
            self.assertEqual((ended.returncode, ended.stderr.count("\n")), (1, 1), ended.stderr)
            self.assertIn(said, ended.stderr)


class Series(harness.Case):
    """Labels and series of processes, as the configuration has them."""

    def test_by_command_and_process(self):
        port = free_port()
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        config = folder / "fdwatch.conf"
        config.write_text("[metrics]\ngroup_by = command\ngroups = 2\nprocesses = 3\n")
        with harness.Daemon(options=["--config", config, "--metrics-listen",
                                     f"127.0.0.1:{port}"]) as daemon:
            maker = harness.Maker(daemon.folder, limit=40)
            self.addCleanup(maker.close)
            for _ in range(30):
                maker.must("open")

            def series():
                found = samples(fetch(port)[2].decode())
                return {dict(labels)["pid"]: value for (name, labels), value in found.items()
                        if name == "fdwatch_process_open_fds"}

            harness.wait_for(lambda: series().get(str(maker.pid)), "the endangered process")
            self.assertEqual(len(series()), 3)
            found = samples(fetch(port)[2].decode())
            groups = [dict(labels)["group"] for name, labels in found
                      if name == "fdwatch_group_processes"]
            self.assertEqual(len(groups), 3, groups)
            self.assertIn("other", groups)

            def total():
                return sum(value for (name, _), value in samples(fetch(port)[2].decode()).items()
                           if name == "fdwatch_group_processes")

            harness.wait_for(lambda: total() == len(daemon.all()), "every process in a group")


# As systemd does: descriptors from 3 on, and whose they are.
HAND_OVER = """
import fcntl, os, sys
end = sys.argv.index("--")
held = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:end]]
for number, fd in enumerate(held, 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(held)))
os.execv(sys.argv[end + 1], sys.argv[end + 1:])
"""


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

    def test_handed_over_by_systemd(self):
        """A listening TCP socket from LISTEN_FDS is served in place of the address, whatever else
        comes with it; other sockets are let be."""
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        with socket.socket(socket.AF_UNIX) as beside, socket.socket() as handed:
            beside.bind(str(folder / "other"))
            beside.listen()
            handed.bind(("127.0.0.1", 0))
            handed.listen()
            fds = [os.dup(s.fileno()) for s in (beside, handed)]
            daemon = harness.Daemon(start=False,
                                    prefix=[sys.executable, "-c", HAND_OVER, *fds, "--"])
            self.addCleanup(daemon.close)
            daemon.start(pass_fds=fds)
            for fd in fds:
                os.close(fd)
            port = handed.getsockname()[1]
        self.assertEqual(fetch(port, "/-/ready")[0], 200)
        self.assertIn(b"fdwatch_group_open_fds", fetch(port)[2])
        self.assertEqual(daemon.stop(), 0)
        with self.assertRaises(ConnectionRefusedError):
            fetch(port)

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
