#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""
A program whose earlier processes ran out of descriptors is warned of earlier than one alike, by a
daemon that follows a killed one too.
"""

import os
import resource
import signal
import subprocess
import sys

import harness

LIMIT = 600
RUN_OUT = """
import os, time
kept = []
try:
    while True:
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    time.sleep(60)
"""
LEAK = """
import os, time
begin, kept = time.monotonic(), []
while len(kept) < 580:
    kept.append(os.open("/dev/null", os.O_RDONLY))
    time.sleep(max(0, begin + len(kept) / 20 - time.monotonic()))
"""


class History(harness.Case):
    def start(self, name, code):
        """A Python program of its own name, by which fdwatch knows it again."""
        program = self.daemon.folder / name
        if not program.is_symlink():
            program.symlink_to(os.path.realpath(sys.executable))
        process = subprocess.Popen(
            [program, "-c", code],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT)))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    @staticmethod
    def in_state(follower, pid, state):
        return next((e for _, e in follower.of(pid, "state") if e["state"] == state), None)

    def test_the_next_is_warned_of_earlier(self):
        follower = self.follow()
        for _ in range(2):
            process = self.start("again", RUN_OUT)
            harness.wait_for(lambda: self.in_state(follower, process.pid, "exhausted"), "exhausted")
            process.kill()
            process.wait()
            follower.wait(process.pid, "exit")
        # One half of the file for each of the two ends.
        kept = self.daemon.folder / "state" / "history"
        harness.wait_for(lambda: kept.exists() and kept.read_bytes()[:32768].count(b"FDWP") == 2,
                         "what became of the program, in the state folder")
        self.daemon.stop(signal.SIGKILL)
        self.daemon.start()
        follower = self.follow()
        both = [self.start(name, LEAK).pid for name in ("again", "first")]
        again, first = (harness.wait_for(lambda: self.in_state(follower, pid, "warning"),
                                         "warning", 40)["fds"] for pid in both)
        harness.note(f"of {LIMIT}: warned of at {again} after two leaks, at {first} without")
        self.assertLess(again, first - LIMIT * 0.05)


if __name__ == "__main__":
    harness.main()
