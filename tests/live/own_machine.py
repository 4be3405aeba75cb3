#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 300 s
"""What concerns a whole host: fs.file-max spent, its clock set, its sleep."""

import errno
import os
import subprocess
import sys
import time
import unittest
from datetime import datetime
from pathlib import Path

import harness

FILE_MAX, FILE_NR = (Path("/proc/sys/fs", name) for name in ("file-max", "file-nr"))
ROOM = 300
HOUR = 3600
SLEEP = 20

# Opens until it may not, then waits; not root, for whom there is no such limit.
OPENER = """
import os, sys
held = []
try:
    while True:
        held.append(os.open("/", os.O_RDONLY))
except OSError as error:
    print(error.errno, flush=True)
sys.stdin.read()
"""

# One descriptor each fifth of a second, on and on; of a high limit that would be no growth yet.
LEAK = """
import os, resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
while True:
    os.open("/", os.O_RDONLY)
    time.sleep(0.2)
"""


def asleep():
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


@unittest.skipUnless(os.environ.get("FDWATCH_OWN_MACHINE"),
                     "takes a machine of its own: make check-vm")
class OwnMachine(harness.Case):
    def python(self, code, uid=None):
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, user=uid, group=uid,
                                   extra_groups=[] if uid is not None else None,
                                   preexec_fn=harness.end_with_test)
        self.addCleanup(harness.kill, process)
        return process

    def shared(self):
        return {x["subject"]: x for x in self.daemon.status()["system"]["limits"]}["fs.file-max"]

    def incidents(self, **wanted):
        return [i for i in self.daemon.get("/v1/incidents")["incidents"]
                if all(i[key] == value for key, value in wanted.items())]

    def test_file_max(self):
        follower = self.follow()
        before = FILE_MAX.read_text()
        self.addCleanup(FILE_MAX.write_text, before)
        FILE_MAX.write_text(str(int(FILE_NR.read_text().split()[0]) + ROOM))
        opener = self.python(OPENER, harness.NOBODY)
        self.assertEqual(int(opener.stdout.readline()), errno.ENFILE)
        _, event = follower.wait(opener.pid, "enfile")
        self.assertEqual(event["cause"], "fs.file-max")
        harness.wait_for(lambda: self.shared()["state"] == "exhausted", self.shared)
        found = harness.wait_for(lambda: self.incidents(subject="fs.file-max"), "its incident")
        self.assertEqual((found[0]["type"], found[0]["pid"], found[0]["state"]),
                         ("system", None, "exhausted"))

    def test_clock(self):
        maker = self.maker(limit=64)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        maker.must("emfile 1")
        harness.wait_for(lambda: self.incidents(pid=maker.pid), "an incident")

        def ago():
            began = self.incidents(pid=maker.pid)[0]["began_time"]
            return time.time() - datetime.fromisoformat(began).timestamp()

        for step in (-HOUR, HOUR):
            lasted, begun = ago(), time.monotonic()
            time.clock_settime(time.CLOCK_REALTIME, time.time() + step)
            harness.wait_for(lambda step=step: f"the clock was set by {step:+} s"
                             in self.daemon.log(), self.daemon.log)
            harness.wait_for(lambda lasted=lasted, begun=begun:
                             abs(ago() - lasted - (time.monotonic() - begun)) < 2, ago)

    def test_sleep(self):
        """No process grows older by it."""
        leak = self.python(LEAK)
        harness.wait_for(lambda: (self.daemon.find(leak.pid) or {"growth_per_second": None})
                         ["growth_per_second"], "its growth", 60)
        before = self.daemon.find(leak.pid)
        slept = asleep()
        try:
            subprocess.run(["rtcwake", "-m", "mem", "-s", str(SLEEP)], check=True,
                           capture_output=True, timeout=10 * SLEEP)
        except (OSError, subprocess.SubprocessError) as error:
            self.skipTest(f"this machine does not sleep: {error}")
        slept = asleep() - slept
        self.assertGreater(slept, SLEEP / 2)
        self.daemon.await_polls(3)
        after = self.daemon.find(leak.pid)
        harness.note(f"slept {slept:.1f} s; {before['growth_per_second']:.2f} a second before, "
                     f"{after['growth_per_second']:.2f} after")
        past = self.daemon.show(leak.pid)["past"]
        newest = [point["ago_seconds"] for point in past][-12:]
        self.assertLess(max(a - b for a, b in zip(newest, newest[1:])), SLEEP / 2, newest)


if __name__ == "__main__":
    harness.main()
