#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 240 s
"""What is done to fdwatch top: broken answers, garbage as settings, storms of keys and sizes."""

import os
import random
import signal
import socket
import threading
from pathlib import Path

import harness
from terminal import Terminal, Top

BIG = b"[" * 100000
ROWS = b'{"polled_seconds":1,"columns":["pid","comm","fds"],"rows":[%s]}'
ANSWERS = [
    b"", b"\0" * 4096, b"HTTP/1.1 200 OK\r\n\r\n", b"no HTTP at all\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"polled_seconds\":",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BIG,
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b'{"rows":' * 1000,
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ROWS % b'[1,"a"],[],[null],[1,2,3,4,5],7,{}',
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ROWS % (b'[-1,"\\u001b[2J\\ud800",1e999]'),
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ROWS % b",".join(
        b'[%d,"x\xff\xfe\x1b]0;evil\x07",%d]' % (n, 1 << (n % 70)) for n in range(3000)),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n{}",
]


class Liar:
    """Takes the daemon's place: passes the real one's first answers on, then lies in turn."""

    def __init__(self, path):
        self.next, self.told = 0, set()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen(64)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.recv(65536)
                    self.told.add(self.next)
                    peer.sendall(ANSWERS[self.next])
                except OSError:
                    pass
                self.next = (self.next + 1) % len(ANSWERS)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(harness.DEADLINE)


class Attacks(Top):
    def assert_alive(self, terminal):
        """The keys act, and it ends as it should."""
        terminal.keys("Escape", "Escape")
        terminal.wait(lambda t: "COMMAND" in t or "fdwatch" in t, "the list")
        terminal.keys("?")
        terminal.expect("Everywhere")
        terminal.keys("Escape", "q")
        self.assertEqual(terminal.await_end(), 0)

    def own(self):
        own = harness.Daemon(interval=0.2)
        self.addCleanup(own.close)
        terminal = Terminal([harness.CLIENT, "--socket", own.socket, "top", "--interval", "0.1"])
        self.addCleanup(terminal.close)
        terminal.expect("COMMAND", "polls every 200")
        return own, terminal

    def test_answers_that_are_none(self):
        own, terminal = self.own()
        own.stop()
        terminal.expect("fdwatchd is away")
        own.socket.unlink(missing_ok=True)
        liar = Liar(own.socket)
        try:
            for keys in ([], ["l"], ["p", "i"], ["Escape", "Enter"]):
                terminal.keys(*keys, "R")
                liar.told.clear()
                harness.wait_for(lambda: len(liar.told) == len(ANSWERS), "each lie once", 60)
                self.assertIsNone(terminal.ended, terminal.text())
                text = terminal.text()
                self.assertFalse([c for c in text if ord(c) < 32 and c != "\n"], text)
        finally:
            liar.close()
        own.socket.unlink()
        own.start()
        terminal.keys("Escape", "Escape", "p")
        terminal.expect_not("fdwatchd is away")
        self.assert_alive(terminal)

    def test_killed_while_it_answers(self):
        own, terminal = self.own()
        for _ in range(3):
            terminal.keys(*["R"] * 10)
            own.stop(signal.SIGKILL)
            terminal.expect("fdwatchd is away", "trying again")
            own.start()
            terminal.expect_not("fdwatchd is away")
        self.assert_alive(terminal)

    def test_settings_that_are_none(self):
        garbage = os.urandom(3000)
        for name, make in (("bytes", lambda p: p.write_bytes(garbage)), ("folder", Path.mkdir),
                           ("fifo", os.mkfifo), ("deep", lambda p: p.write_bytes(b"[" * 60000)),
                           ("device", lambda p: p.symlink_to("/dev/zero"))):
            with self.subTest(name):
                folder = self.daemon.folder / f"settings-{name}" / "fdwatch"
                folder.mkdir(parents=True)
                make(folder / "top.json")
                terminal = self.top(XDG_CONFIG_HOME=str(folder.parent))
                terminal.expect("COMMAND", "top.json is not read")
                self.assert_alive(terminal)

    def test_storm_of_sizes(self):
        maker = self.named("stormed")
        maker.must("leak 50")
        terminal = self.top()
        self.filtered(terminal, "stormed")
        order = random.Random(7)
        for page in ([], ["Enter"], ["2"], ["4"], ["Escape", "?"]):
            terminal.keys(*page)
            for _ in range(25):
                terminal.resize(order.randint(1, 300), order.randint(1, 90))
                terminal.keys(order.choice(["Up", "Down", "NPage", "End", "Home"]))
            self.assertIsNone(terminal.ended)
        terminal.resize(120, 40)
        self.assert_alive(terminal)

    def test_storm_of_keys(self):
        """Any key, many times, in any order, but those that quit and that act beyond it."""
        terminal = self.top()
        self.named("typedat")
        self.filtered(terminal, "typedat")
        order = random.Random(11)
        keys = [chr(c) for c in range(32, 127) if chr(c) not in "qT;"] + [
            "Up", "Down", "Left", "Right", "Enter", "Escape", "Tab", "BTab", "BSpace", "Home",
            "End", "NPage", "PPage", "F1", "F2", "F3", "F5", "F6", "DC", "IC", "C-l", "C-b"]
        for _ in range(60):
            terminal.keys(*order.choices(keys, k=20))
            self.assertIsNone(terminal.ended, terminal.text())
        terminal.keys("Escape", "Escape", "Escape")
        terminal.keys("C-c")
        self.assertEqual(terminal.await_end(), 0)

    def test_bytes_that_are_no_keys(self):
        terminal = self.top()
        terminal.expect("COMMAND")
        noise = random.Random(5).randbytes(3000).replace(b"q", b"").replace(b"\x03", b"")
        noise = noise.replace(b"\x1a", b"").replace(b"\x1c", b"").replace(b"T", b"")
        for at in range(0, len(noise), 200):
            terminal.tmux("send-keys", "-H", *[f"{b:x}" for b in noise[at:at + 200]])
        terminal.keys("Escape", "Escape", "Escape", "Escape", "C-c")
        self.assertEqual(terminal.await_end(), 0)


if __name__ == "__main__":
    harness.main()
