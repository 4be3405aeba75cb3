#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 300 s
"""The metrics port under attack: who scrapes is answered, and polls are made on time."""

import base64
import contextlib
import gzip
import http.client
import os
import random
import shutil
import socket
import ssl
import threading
import time

import harness
from metrics import WEB, certify, fetch, free_port

SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CROWD = 1000
GUESSES = 12
# Of "secret", by a cost that takes a fifth of a second or more.
SLOW = "$2b$12$abcdefghijklmnopqrstuuT1Iwu6o8Wx7BoOyIMHfgVJq6JO/IJhW"


class Besieged(harness.Case):
    def connect(self):
        one = socket.create_connection(("127.0.0.1", self.port), timeout=harness.DEADLINE)
        self.addCleanup(one.close)
        return one

    def send(self, *pieces):
        """What comes back of a connection of its own, whose last request asks for its end."""
        one = self.connect()
        found = b""
        with contextlib.suppress(OSError):
            for piece in (*pieces, LAST):
                one.sendall(piece)
        with contextlib.suppress(OSError):
            while part := one.recv(1 << 16):
                found += part
        one.close()
        return found

    @contextlib.contextmanager
    def polls_go_on(self, meanwhile=lambda: True):
        """Fails where none is made while the block runs and `meanwhile` holds; tells how late."""
        gaps, done = [], threading.Event()

        def watch():
            polls, changed = self.daemon.status()["polls_total"], time.monotonic()
            while not done.wait(self.daemon.interval / 4):
                now = self.daemon.status()["polls_total"]
                if now != polls and meanwhile():
                    gaps.append(time.monotonic() - changed)
                if now != polls:
                    polls, changed = now, time.monotonic()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
            harness.wait_for(lambda: len(gaps) > 2 or not meanwhile(), "polls", 60)
        finally:
            done.set()
            watcher.join()
        self.assertGreater(len(gaps), 2)
        harness.note(f"polls at most {max(gaps):.2f} s apart; interval {self.daemon.interval} s")


class Siege(Besieged):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.daemon = harness.Daemon(options=["--metrics-listen", f"127.0.0.1:{cls.port}"])
        cls.addClassCleanup(cls.daemon.close)

    def tearDown(self):
        self.assertEqual(fetch(self.port)[0], 200)

    def test_a_thousand_who_ask_nothing(self):
        """More than there is room for, each a byte from time to time: a scraper gets in."""
        with self.polls_go_on():
            crowd = [self.connect() for _ in range(CROWD)]
            for _ in range(3):
                for one in crowd:
                    with contextlib.suppress(OSError):
                        one.sendall(b"G")
                self.assertEqual(fetch(self.port)[0], 200)
            self.assertLess(harness.count_of(self.daemon.pid), 250)
            for one in crowd:
                one.close()

    def test_a_thousand_who_do_not_read(self):
        with self.polls_go_on():
            crowd = []
            for _ in range(CROWD):
                one = self.connect()
                with contextlib.suppress(OSError):
                    one.sendall(SCRAPE * 20)
                crowd.append(one)
            self.assertEqual(fetch(self.port)[0], 200)
            for one in crowd:
                one.close()

    def test_byte_by_byte(self):
        """Half a minute is what a request has, however often a byte of it comes."""
        if harness.SANITIZED:
            self.skipTest("it takes half a minute and is about time, not memory")
        slow, begun = self.connect(), time.monotonic()

        def ended():
            try:
                slow.sendall(b"G")
                slow.settimeout(0.5)
                return slow.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        harness.wait_for(ended, "the end of one who never says it all", 50)
        self.assertGreater(time.monotonic() - begun, 25)

    def test_long_ones(self):
        for request in (b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n",
                        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000 + b"\r\n",
                        b"G" * (1 << 20)):
            self.assertNotIn(b" 200 ", self.send(request).partition(b"\r\n")[0])

    def test_odd_ones(self):
        """(request, the status that is due, None: the connection is closed)."""
        for request, status in (
                (b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
                (b"GET /metrics?x=1&y HTTP/1.1\r\nHost: another.example\r\n\r\n", 200),
                (b"GET /%6detrics HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                (b"GET /metrics%00 HTTP/1.1\r\nHost: x\r\n\r\n", (200, 404)),
                (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"GET //metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"GET http://x/metrics HTTP/1.1\r\nHost: x\r\n\r\n", (200, 404)),
                (b"GET /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", (400, 405)),
                (b"GET /metrics HTTP/1.1\r\n\r\n", 400),  # no Host
                (b"GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n", (400, 505, None)),
                (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), (400, 405, None)),
                (b"\0\0\0\0\r\n\r\n", (200, 400, 405, None)),
                (b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", (400, None)),
                (b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                 (400, None))):
            answer = self.send(request)
            first = answer.partition(b"\r\n")[0].split()
            code = int(first[1]) if len(first) > 1 else None
            self.assertIn(code, status if isinstance(status, tuple) else (status,), request[:60])
            if request.startswith(b"HEAD"):
                self.assertTrue(answer.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 200"))

    def test_what_accept_may_say(self):
        for accept in ("application/openmetrics-text;version=1.0.0;q=", "q=1", ";" * 5000, ",",
                       "application/openmetrics-text;q=1e999", "text/plain;q=nan", "*/*;q=-1",
                       "application/openmetrics-text" + ";x=y" * 500, "\xff\xfe", "*"):
            status, headers, body = fetch(self.port, Accept=accept.encode("latin-1"))
            self.assertEqual(status, 200)
            self.assertEqual("openmetrics" in headers["Content-Type"], body.endswith(b"# EOF\n"))
        for encoding in ("gzip;q=1", "br, gzip", "GZIP", "gzip;q=0", "*", "gzip" * 900):
            self.assertEqual(fetch(self.port, Accept_Encoding=encoding)[0], 200)

    def test_bodies(self):
        """What is sent along is neither unpacked nor kept, and ends."""
        bomb = gzip.compress(bytes(50 << 20))
        head = (b"%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
                b"Content-Length: %d\r\n\r\n")
        before = self.memory()
        with self.polls_go_on():
            self.assertIn(b" 405 ", self.send(head % (b"POST", len(bomb)), bomb))
            self.assertIn(b" 200 ", self.send(head % (b"GET", len(bomb)), bomb))
            endless = self.connect()
            endless.sendall(head % (b"PUT", 1 << 40) + bytes(4 << 20))
            self.assertEqual(fetch(self.port)[0], 200)
            endless.close()
        if not harness.SANITIZED:  # which keeps what was freed
            self.assertLess(self.memory() - before, 16 << 10)

    def memory(self):
        """KiB in RAM."""
        with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def test_pipelined(self):
        answer = self.send(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 201)

    def test_noise(self):
        """Requests with bytes changed at random, in pieces cut at random."""
        chance = random.Random(1)
        for _ in range(300):
            text = bytearray(chance.choice((SCRAPE, SCRAPE * 3, b"Authorization: Basic " * 9)))
            for _ in range(chance.randrange(6)):
                text[chance.randrange(len(text))] = chance.randrange(256)
            cut = chance.randrange(len(text))
            self.send(bytes(text[:cut]), bytes(text[cut:]))


class Gate(Besieged):
    """TLS and passwords, at a price of a fifth of a second each."""

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.folder = harness.folder_of_own()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        certify(cls.folder, "server", "server")
        (cls.folder / "web.yml").write_text(WEB.format(hash=SLOW))
        config = cls.folder / "fdwatch.conf"
        config.write_text(f"[metrics]\nweb_config = {cls.folder / 'web.yml'}\n")
        cls.daemon = harness.Daemon(options=["--config", config, "--metrics-listen",
                                             f"127.0.0.1:{cls.port}"])
        cls.addClassCleanup(cls.daemon.close)
        cls.context = ssl.create_default_context(cafile=cls.folder / "server.pem")

    def ask(self, authorization, path="/metrics"):
        """The status of a request with this header."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context,
                                                 timeout=60)
        try:
            connection.request("GET", path, headers={"Authorization": authorization})
            return connection.getresponse().status
        finally:
            connection.close()

    def basic(self, text):
        return self.ask("Basic " + base64.b64encode(text.encode()).decode())

    def tearDown(self):
        self.assertEqual(self.basic("reader:secret"), 200)

    def test_passwords_that_are_guessed(self):
        """Each takes the processor long; polls are made while some are still being checked."""
        answers = []
        with self.polls_go_on(lambda: len(answers) < GUESSES):
            threads = [threading.Thread(target=lambda n=n: answers.append(
                self.basic(f"reader:{n}"))) for n in range(GUESSES)]
            for thread in threads:
                thread.start()
            self.assertEqual(self.ask("", "/-/healthy"), 200)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [401] * GUESSES)

    def test_odd_headers(self):
        for header in ("Basic", "Basic ", "Basic !!!", "Basic Og==", "Bearer x", "basic", "",
                       "Basic " + base64.b64encode(b"reader").decode(),
                       "Basic " + base64.b64encode(b"reader:\0secret").decode(),
                       "Basic " + base64.b64encode(b"\xff" * 300).decode(),
                       "Basic " + base64.b64encode(b"reader:" + b"s" * 3000).decode(),
                       "Digest username=reader, response=x", "Basic " + "=" * 2000):
            self.assertEqual(self.ask(header), 401, header[:40])
        for header in ("Basic " + "A" * 100000, "Basic " + "A=" * 30000):
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.assertIn(self.ask(header), (400, 413, 431))

    def test_hands_that_are_not_shaken(self):
        """Handshakes that stop half-way, are nonsense, or are none."""
        half = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(*half, server_hostname="127.0.0.1")
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = half[1].read()
        with self.polls_go_on():
            held = []
            for text in (b"", hello[:5], hello[:100], hello, SCRAPE, b"\x16\x03\x01\xff\xff" * 99,
                         os.urandom(1000), hello[:60] + os.urandom(400)):
                for _ in range(40):
                    one = self.connect()
                    with contextlib.suppress(OSError):
                        one.sendall(text)
                    held.append(one)
            self.assertEqual(self.basic("reader:secret"), 200)
            for one in held:
                one.close()


if __name__ == "__main__":
    harness.main()
