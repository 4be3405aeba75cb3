#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 300 s
"""Where it leaks: real programs that leak one way each, and others that hold without leaking."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import harness

sys.path.insert(0, str(Path(__file__).parent / "leaky"))
import programs  # noqa: E402

COUNT = 24


class Program:
    """A program that leaks as often as it is told on its standard input."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, **more)
        self.pid = self.process.pid
        self.receive("ready")

    def receive(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise AssertionError(f"the program said {line!r}, not {word}")

    def leak(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.receive("done")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(harness.DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Traced(harness.Case):
    """Tracking, and what came of it."""

    def start(self, command, **more):
        program = Program(command, **more)
        self.addCleanup(program.close)
        return program

    def track(self, pid):
        self.daemon.await_process(pid, lambda p: True, "a first poll")
        status, body = harness.request(self.daemon.socket, f"/v1/processes/{pid}/track", "PUT")
        self.assertEqual(status, 200, body)
        self.assertEqual(body, {"pid": pid, "tracked": True})

    def sites(self, pid):
        return self.daemon.get(f"/v1/sites?pid={pid}")

    def python(self, name, interpreter=sys.executable):
        path = self.daemon.folder / f"leaks_{name}.py"
        path.write_text(programs.source(name))
        return self.start([interpreter, str(path)]), path

    def await_top(self, pid, good, what):
        """Waits until the ranking's first place is as wanted; returns it."""
        last = None

        def look():
            nonlocal last
            last = self.sites(pid)
            return last["sites"][0] if last["sites"] and good(last["sites"][0]) else None

        return harness.wait_for(look, lambda: f"{what}; it stands at {json.dumps(last)[:4000]}")


def has_line(site, path, line):
    return any(f["file"] == str(path) and f["line"] == line for f in site["frames"])


class Python(Traced):
    """The top place's frames hold the very line."""

    def check(self, name):
        program, path = self.python(name)
        self.track(program.pid)
        # Python is looked for when tracking begins: what is opened before is not explained.
        program.leak(1)
        self.await_layout(program)
        program.leak(COUNT)
        site = self.await_top(
            program.pid,
            lambda s: has_line(s, path, programs.line(name)) and s["live"] >= COUNT,
            f"the line {programs.line(name)} of {path} at the top")
        self.assertEqual((site["pid"], site["comm"]), (program.pid, "python3"))
        self.assertNotIn("_PyEval_EvalFrameDefault", [f["function"] for f in site["frames"]])

    def await_layout(self, program):
        def known():
            program.leak(1)
            return any(f["language"] == "python" for s in self.sites(program.pid)["sites"]
                       for f in s["frames"])

        harness.wait_for(known, lambda: f"Python's frames; there are {self.sites(program.pid)}")


def add_python(name):
    setattr(Python, f"test_{name}", lambda self: self.check(name))


for each in programs.PROGRAMS:
    add_python(each)


if __name__ == "__main__":
    harness.main()
