#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Limits that processes share: a user's inotify instances, in a user namespace of its own."""

import os
import subprocess
import sys

import harness

LIMIT = 40

# Lowers the limit of its own user namespace, then takes so many instances as each line says.
TAKER = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
with open("/proc/sys/user/max_inotify_instances", "w") as f:
    f.write(sys.argv[1])
print("ready", flush=True)
held = []
for line in sys.stdin:
    refused = 0
    for _ in range(int(line)):
        fd = libc.inotify_init1(0)
        if fd < 0:
            refused = ctypes.get_errno()
        else:
            held.append(fd)
    print(len(held), refused, flush=True)
"""


class SystemLimits(harness.Case):
    def taker(self):
        process = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--kill-child", sys.executable, "-c", TAKER,
             str(LIMIT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

        def end():
            process.stdin.close()
            process.wait(harness.DEADLINE)
            process.stdout.close()

        self.addCleanup(end)
        if process.stdout.readline().strip() != "ready":
            self.skipTest("no user namespace may be made here")
        return process

    @staticmethod
    def take(process, count):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        held, error = process.stdout.readline().split()
        return int(held), int(error)

    def limits(self):
        return {x["subject"]: x for x in self.daemon.status()["system"]["limits"]}

    def test_the_host_s_files(self):
        entry = self.limits()["fs.file-max"]
        self.assertGreater(entry["used"], 0)
        self.assertEqual(entry["state"], "ok")

    def test_inotify_instances_of_a_user(self):
        follower = self.follow()
        process = self.taker()
        inode = os.stat(f"/proc/{process.pid}/ns/user").st_ino
        if inode == os.stat("/proc/self/ns/user").st_ino:  # unshare execs: it is the process
            self.fail("the taker is in the host's user namespace")
        subject = f"inotify:root@{inode}"
        self.assertEqual(self.take(process, 5), (5, 0))
        found = harness.wait_for(lambda: self.limits().get(subject), f"{subject} to show")
        self.assertEqual((found["used"], found["maximum"], found["state"]), (5, LIMIT, "ok"))

        held, error = self.take(process, LIMIT)
        self.assertEqual(held, LIMIT)
        self.assertNotEqual(error, 0)
        harness.wait_for(lambda: self.limits()[subject]["state"] == "exhausted", "exhaustion")

        def told():
            return [e for _, e in follower.poll() if e.get("subject") == subject]

        harness.wait_for(lambda: any(e["state"] == "exhausted" for e in told()), "an event")
        event = next(e for e in told() if e["state"] == "exhausted")
        self.assertEqual((event["type"], event["scope"], event["pid"], event["comm"]),
                         ("state", "system", None, None))
        self.assertEqual(event["cause"], "fs.inotify.max_user_instances")
        self.assertEqual((event["fds"], event["soft_limit"]), (LIMIT, LIMIT))
        text = subprocess.run([harness.CLIENT, "--socket", self.daemon.socket, "events"],
                              text=True, capture_output=True, check=True).stdout
        self.assertIn(subject, text)

        def incident():
            return next(i for i in self.daemon.get("/v1/incidents")["incidents"]
                        if i["id"] == event["incident"])

        self.assertEqual((incident()["type"], incident()["subject"], incident()["pid"]),
                         ("system", subject, None))
        self.assertEqual((incident()["fds_highest"], incident()["ended_time"]), (LIMIT, None))

        process.stdin.close()
        process.wait(harness.DEADLINE)
        harness.wait_for(lambda: any(e["previous"] == "exhausted" for e in told()), "its end")
        self.assertNotIn(subject, self.limits())
        harness.wait_for(lambda: incident()["ended_by"] == "recovered", incident)

    def test_fs_nr_open(self):
        nr_open = int(open("/proc/sys/fs/nr_open").read())
        self.assertEqual(self.daemon.status()["system"]["nr_open"], nr_open)


if __name__ == "__main__":
    harness.main()
