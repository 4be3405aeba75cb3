#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Who is told means ill, and so do names: everybody else is told, and the daemon answers on."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import harness

LIMIT = 64
EVIL = b"\n\x1b[31m\xff'\"\\;$(a)"

# It leaves one behind that holds the pipe, says more than a pipe holds, and never ends.
HOOK = """#!/bin/sh
cd "$(dirname "$0")"
setsid sh -c 'echo $$ >>strays; exec sleep 300' &
printf '%s\\n' "$FDWATCH_PID $FDWATCH_STEP $FDWATCH_COMM" >>told
head -c 3000000 /dev/urandom
[ -e well ] || while :; do sleep 1; done
"""

LEAK = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    while True:
        os.dup(0)
except OSError:
    sys.stdin.read()
"""

ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Server:
    """A server that answers in its own way; `requests` has what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests = []
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.open.append(connection)
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError, ValueError), connection.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while (header := stream.readline()) not in (b"\r\n", b""):
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                self.requests.append((line, stream.read(length)))
                self.answer(self, connection)

    def close(self):
        for each in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def well(_, connection):
    connection.sendall(ANSWERED)


def trickle(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"y")
        time.sleep(0.05)


def flood(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10000000)


def endless_head(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"y" * 60000 + b"\r\n")


def redirect(server, connection):
    connection.sendall(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%d/taken\r\n"
                       b"Content-Length: 0\r\n\r\n" % server.port)


def hang_up(_, connection):
    connection.shutdown(socket.SHUT_RDWR)


def noise(_, connection):
    connection.sendall(b"HTTP/1.1 500 \x1b[31m\xff\r\nContent-Length: 9\r\n\r\n"
                       b"\x1b[31m\xff\xfe\0\r\n")


class UnderAttack(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.bad = [Server(answer) for answer in
                   (trickle, flood, endless_head, redirect, hang_up, noise)]
        cls.good = Server(well)
        for server in (*cls.bad, cls.good):
            cls.addClassCleanup(server.close)
        cls.daemon = harness.Daemon(start=False)
        cls.addClassCleanup(cls.daemon.close)
        folder = cls.daemon.folder
        cls.told = folder / "told"
        cls.well = folder / "well"
        hook = folder / "hook"
        hook.write_text(HOOK)
        hook.chmod(0o755)
        urls = " ".join(f"http://127.0.0.1:{s.port}" for s in (*cls.bad, cls.good))
        (folder / "conf").write_text(
            f"[hook]\ncommand = {hook}\ndeadline = 1s\nretry = 1s\n"
            f"[alertmanager]\nurl = {urls}\nresend = 1s\ninstance = here\n")
        cls.daemon.options += ["--config", str(folder / "conf")]
        cls.addClassCleanup(cls.end_strays, folder / "strays")
        cls.daemon.start()

    @classmethod
    def end_strays(cls, path):
        """What the hooks have left behind; no other hook is run by then."""
        cls.daemon.stop()
        for pid in path.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def leak(self):
        def before():
            harness.end_with_test()
            harness.resource.setrlimit(harness.resource.RLIMIT_NOFILE, (LIMIT, LIMIT))

        process = subprocess.Popen([sys.executable, "-c", LEAK, EVIL], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, preexec_fn=before)
        self.addCleanup(harness.kill, process)
        process.stdout.readline()
        self.daemon.await_process(process.pid, lambda p: True, "a first poll")
        process.stdin.write(b"\n")
        process.stdin.flush()
        return process

    def alerts(self, process):
        """What the good server was told of it, in order."""
        told = [alert for _, body in self.good.requests for alert in json.loads(body)]
        return [a for a in told if a["labels"]["pid"] == str(process.pid)]

    def lines(self):
        return self.told.read_bytes().splitlines() if self.told.exists() else []

    def test_all(self):
        process = self.leak()
        harness.wait_for(lambda: self.alerts(process), lambda: self.daemon.log(), 60)
        label = self.alerts(process)[0]["labels"]["comm"]
        self.assertEqual(label, "\\x0a\\x1b[31m\\xff'\"\\;$(a)")
        # A hook that must be killed, and each that answers badly: each is said, and no more.
        harness.wait_for(lambda: "it took too long" in self.daemon.log(), self.daemon.log, 60)
        for server in self.bad:
            if server.answer is not trickle:  # cut off after 15 s
                harness.wait_for(lambda: f":{server.port}/api/v2/alerts can't be told"
                                 in self.daemon.log(), self.daemon.log, 60)
        self.assertEqual({line.split()[1] for line, _ in self.bad[3].requests},
                         {b"/api/v2/alerts"}, "nobody is followed elsewhere")
        log = self.daemon.log_path.read_bytes()
        self.assertNotIn(b"\x1b", log)
        self.assertIn("version", self.daemon.status())
        # Then all is as it should be: the hook is told once more, and of the end.
        self.well.touch()
        harness.kill(process)
        pid = str(process.pid).encode()
        harness.wait_for(lambda: [x for x in self.lines() if x.split()[:2] == [pid, b"ended"]],
                         lambda: f"the hook to be told the end: {self.lines()}", 60)
        for line in self.lines():
            self.assertRegex(line, rb"^\d+ (raised|changed|ended) ", "a name breaks no line")
        harness.wait_for(lambda: self.alerts(process)[-1]["endsAt"] <= time.strftime(
            "%Y-%m-%dT%H:%M:%S.999999Z", time.gmtime()), "the alert's end", 60)
        begin = time.monotonic()
        self.assertEqual(self.daemon.stop(), 0)  # with some who hang still
        harness.note(f"ended in {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    harness.main()
