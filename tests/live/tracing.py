# SPDX-License-Identifier: BSD-2-Clause
"""What tests of tracked processes share: programs that leak as they are told, and the ranking."""

import json
import subprocess

import harness


class Program:
    """A program that leaks as often as it is told on its standard input."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, **more)
        self.pid = self.process.pid
        self.receive("ready")

    def receive(self, word):
        line = harness.line_from(self.process).strip()
        if line != word:
            raise AssertionError(f"the program said {line!r}, not {word}")

    def leak(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.receive("done")

    def close(self):
        harness.finish(self.process)


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
