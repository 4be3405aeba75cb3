#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 180 s
"""
A crowd that comes to its limit at once, with a hook for each: all have an incident, and the daemon
answers on.
"""

import os
import signal
import subprocess
import sys

import harness

CROWD = 2000
LIMIT = 64
MOST_SECONDS = 0.3  # of processor time before one answer; a fork of the loop for each hook took 0.6
HOOK = "[hook]\ncommand = /bin/true\nat_once = 64\n"

PROGRAM = """
import os, resource, signal, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]),) * 2)
gate, opened = os.pipe()
for _ in range(int(sys.argv[1])):
    if not os.fork():
        os.close(opened)
        os.read(gate, 1)
        try:
            while True:
                os.dup(gate)
        except OSError:
            signal.pause()
print("ready", flush=True)
sys.stdin.readline()
os.close(opened)
sys.stdin.read()
os.killpg(0, signal.SIGKILL)
"""


def ran(pid):
    """Seconds of processor time of the daemon's loop."""
    with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="ascii") as times:
        return int(times.read().split()[0]) / 1e9


def group_of(pid):
    """Its process group; None of one that has ended, or of an incident that is not a process's."""
    try:
        return os.getpgid(pid) if pid else None
    except ProcessLookupError:
        return None


class Crowd(harness.Case):
    interval = 1.0

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(interval=cls.interval, start=False)
        cls.addClassCleanup(cls.daemon.close)
        config = cls.daemon.folder / "conf"
        config.write_text(HOOK)
        cls.daemon.options += ["--config", str(config)]
        cls.daemon.start()

    def crowd(self):
        crowd = subprocess.Popen([sys.executable, "-c", PROGRAM, str(CROWD), str(LIMIT)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 start_new_session=True)
        self.addCleanup(crowd.stdout.close)
        self.addCleanup(crowd.wait)
        self.addCleanup(os.killpg, crowd.pid, signal.SIGKILL)
        crowd.stdout.readline()
        return crowd

    def test_all_at_once(self):
        crowd = self.crowd()
        self.daemon.await_polls(2)
        crowd.stdin.write("\n")
        crowd.stdin.flush()
        longest = 0.0

        def all_tracked():
            nonlocal longest
            before = ran(self.daemon.pid)
            status = self.daemon.status()
            longest = max(longest, ran(self.daemon.pid) - before)
            return status["tracked"] >= CROWD

        harness.wait_for(all_tracked, "all to be tracked", 90)
        harness.note(f"longest before an answer: {longest:.3f} s of processor time")
        if not harness.SANITIZED:
            self.assertLess(longest, MOST_SECONDS)
        mine = [i for i in self.daemon.get("/v1/incidents")["incidents"]
                if group_of(i["pid"]) == crowd.pid]
        self.assertEqual(len(mine), CROWD)
        self.assertEqual({i["state"] for i in mine}, {"exhausted"})
        self.assertEqual(len({i["id"] for i in mine}), CROWD)


if __name__ == "__main__":
    harness.main()
