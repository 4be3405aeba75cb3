#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""The command line against a daemon: what it prints, how it ends."""

import json
import os
import select
import subprocess
import time

import harness


class Cli(harness.Case):
    def run_cli(self, *arguments, status=0, columns=None, **environment):
        """A finished command; its exit status is checked."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment}
        if columns:
            environment["COLUMNS"] = str(columns)
        result = subprocess.run([harness.CLIENT, "--socket", self.daemon.socket,
                                 *map(str, arguments)], text=True, capture_output=True, timeout=60,
                                env=environment, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status, result.stderr or result.stdout)
        if status:
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        return result

    def as_json(self, *arguments):
        return json.loads(self.run_cli(*arguments, "--json").stdout)

    def test_ps(self):
        maker = self.maker()
        maker.must("leak 30")
        self.await_equal(maker.pid)
        listed = {p["pid"]: p for p in self.as_json("ps")["processes"]}
        self.assertEqual(listed[maker.pid]["fds"], 33)
        for pid in (1, self.daemon.pid, os.getpid()):
            self.assertIn(pid, listed)
        self.assertIn(str(maker.pid), self.run_cli("ps").stdout)

    def test_ps_limit(self):
        self.assertEqual(len(self.as_json("ps", "--limit", "3")["processes"]), 3)

    def test_show(self):
        maker = self.maker()
        maker.must("tcp")
        maker.must("hostile")
        self.show(maker)
        shown = self.as_json("show", str(maker.pid))
        self.assertEqual([d["fd"] for d in shown["descriptors"]],
                         sorted(harness.descriptors_of(maker.pid)))
        text = self.run_cli("show", str(maker.pid)).stdout
        self.assertIn("LISTEN", text)
        self.assertIn("127.0.0.1", text)

    def test_names_are_safe_to_print(self):
        maker = self.maker()
        maker.must("hostile")
        maker.must("comm \x1b[31mred\x07")
        self.show(maker)
        self.daemon.await_polls(2)
        for arguments in (("ps",), ("show", str(maker.pid)), ("ps", "--json"),
                          ("show", str(maker.pid), "--json")):
            with self.subTest(arguments=arguments):
                text = self.run_cli(*arguments).stdout
                self.assertFalse([c for c in text if ord(c) < 32 and c != "\n" or ord(c) == 127])

    def test_status(self):
        status = self.as_json("status")
        self.assertIn(status["backend"], [harness.BACKEND] if harness.BACKEND != "auto"
                      else ["fentry", "tracepoint"])
        self.assertEqual(status["kernel"], os.uname().release)
        self.assertEqual(status["interval_seconds"], self.interval)
        self.assertGreater(status["system"]["allocated"], 0)
        self.assertIn(status["kernel"], self.run_cli("status").stdout)

    def test_events_follow(self):
        maker = self.maker(limit=40)
        self.show(maker)
        with subprocess.Popen([harness.CLIENT, "--socket", self.daemon.socket, "events",
                               "--follow", "--json"], stdout=subprocess.PIPE,
                              text=True) as following:
            try:
                found = self.provoke(maker, following.stdout)
            finally:
                following.terminate()
        self.assertEqual((found["type"], found["cause"]), ("emfile", "RLIMIT_NOFILE"))

    def test_events_of_one_kind(self):
        one, other = self.maker(limit=100), self.maker(limit=100)
        for maker in one, other:
            self.show(maker)
            maker.must("leak 85")
            maker.must("emfile")

        def found(*options):
            lines = self.run_cli("events", *options, "--json").stdout.splitlines()
            return {(e["pid"], e["type"]) for e in map(json.loads, lines) if e["type"] != "lost"}

        wanted = {(maker.pid, kind) for maker in (one, other) for kind in ("threshold", "emfile")}
        harness.wait_for(lambda: wanted <= found(), lambda: f"all of {wanted}: {found()}")
        self.assertEqual({pid for pid, _ in found("--pid", one.pid)}, {one.pid})
        self.assertIn((one.pid, "threshold"), found("--pid", one.pid))
        self.assertEqual({kind for _, kind in found("--type", "emfile")}, {"emfile"})
        self.assertIn((other.pid, "emfile"), found("--type", "emfile"))
        self.assertEqual(found("--pid", one.pid, "--type", "emfile"), {(one.pid, "emfile")})
        self.assertNotIn(str(other.pid), self.run_cli("events", "--pid", one.pid).stdout)

    def provoke(self, maker, lines):
        """The refusal as the follower prints it, once another's has shown that it follows."""
        while not select.select([lines], [], [], 0.2)[0]:
            self.maker(limit=40).must("emfile")
        begin = time.monotonic()
        maker.must("emfile")
        while True:
            event = json.loads(lines.readline())
            if event["pid"] == maker.pid and event["type"] == "emfile":
                took = time.monotonic() - begin
                harness.note(f"refused and printed within {took * 1000:.1f} ms")
                return event

    def test_unknown_process(self):
        for pid in ("4194305", "2"):
            self.run_cli("show", pid, status=1)

    def test_wrong_usage(self):
        for arguments in ((), ("nonsense",), ("show",), ("show", "x"), ("show", "0"),
                          ("show", "-1"), ("ps", "--sort", "nonsense"), ("ps", "--limit", "x"),
                          ("events", "--pid", "x"), ("events", "--type", "x"),
                          ("events", "--type"), ("events", "1"),
                          ("ps", "surplus"), ("--nonsense",)):
            with self.subTest(arguments=arguments):
                self.run_cli(*arguments, status=2)

    def test_no_daemon(self):
        result = subprocess.run([harness.CLIENT, "--socket", "/nowhere/s", "ps"], text=True,
                                capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 3)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1)

    def test_closed_output(self):
        """`fdwatch ps | head -1` ends quietly."""
        result = subprocess.run(f'"{harness.CLIENT}" --socket "{self.daemon.socket}" ps | head -1',
                                shell=True, text=True, capture_output=True, timeout=60)
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    harness.main()
