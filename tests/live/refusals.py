#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Refused descriptors: told at once, with the limit that refused."""

import os
import time
import unittest
from pathlib import Path

import harness

OWN_MACHINE = os.environ.get("FDWATCH_OWN_MACHINE")
FILE_MAX = Path("/proc/sys/fs/file-max")


class Refusals(harness.Case):
    interval = 60.0  # what comes before the deadline did not wait for a poll

    def refuse(self, commands, uid=None):
        """Runs a maker into a limit. (its pid, the one event, the reply)"""
        follower = self.follow()
        maker = self.maker(uid=uid)
        for command in commands[:-1]:
            maker.must(command)
        begin = time.time()
        reply = maker.must(commands[-1])
        self.assertGreater(reply["refused"], 0)
        when, event = harness.wait_for(
            lambda: follower.of(maker.pid, "emfile") or follower.of(maker.pid, "enfile"),
            lambda: f"a refusal; came: {follower.of(maker.pid)}")[0]
        harness.note(f"{event['cause']}: told {(when - begin) * 1000:.1f} ms after the command")
        return maker, follower, event, reply

    def test_soft_limit(self):
        maker, follower, event, _ = self.refuse(["setrlimit 64", "emfile 5"])
        self.assertEqual((event["type"], event["cause"]), ("emfile", "RLIMIT_NOFILE"))
        self.assertEqual((event["fds"], event["soft_limit"]), (64, 64))
        self.assertEqual(event["comm"], harness.MAKER_NAME)
        p = self.daemon.await_process(maker.pid, lambda p: p["emfile_total"] == 5, "5 refusals")
        _, state = follower.wait(maker.pid, "state")
        self.assertEqual((state["state"], state["previous"]), ("exhausted", "ok"))
        self.assertEqual((p["state"], p["fds"], p["soft_limit"]), ("exhausted", 64, 64))
        # Five refusals in a row are one event.
        self.assertEqual(len(follower.of(maker.pid, "emfile")), 1)

    def test_limit_below_what_is_held(self):
        """Sandboxes lower it so: nobody is told before something is refused."""
        maker = self.maker()
        maker.must("leak 30")
        maker.must("setrlimit 10")
        p = self.daemon.await_process(maker.pid, lambda p: p["soft_limit"] == 10, "its limit")
        self.assertEqual((p["state"], p["fds"], p["usage"], p["eta_seconds"]), ("ok", 33, 0, None))
        maker.must("emfile")
        self.daemon.await_process(maker.pid, lambda p: p["state"] == "exhausted", "its refusal")

    def check_other(self, cause, commands, uid=None):
        maker, follower, event, _ = self.refuse(commands, uid)
        self.assertEqual((event["type"], event["cause"]), ("emfile", cause))
        self.assertLess(event["fds"], event["soft_limit"])
        p = self.daemon.await_process(maker.pid, lambda p: p["fds"] == event["fds"], "count")
        self.assertEqual(p["state"], "ok")
        self.assertFalse([e for _, e in follower.of(maker.pid, "state")])

    # Users of their own: root's instances are the host's.
    def test_inotify(self):
        self.check_other("fs.inotify.max_user_instances", ["exhaust inotify"],
                         harness.OTHER_USER)

    def test_inotify_of_many_threads(self):
        """Hundreds of threads do not make a table full that has hundreds of numbers free."""
        self.check_other("fs.inotify.max_user_instances",
                         ["setrlimit 1024", "threads 400 leak 1", "leak 200", "exhaust inotify"],
                         harness.OTHER_USER - 2)

    def test_fanotify(self):
        self.check_other("fs.fanotify.max_user_groups", ["exhaust fanotify"],
                         harness.OTHER_USER - 1)

    def test_message_queues(self):
        self.check_other("RLIMIT_MSGQUEUE", ["exhaust mqueue"], harness.OTHER_USER)

    def test_floor_of_dupfd(self):
        """No number above the floor is free, thousands below are."""
        self.check_other("other", ["exhaust dupfd"])

    def test_every_call_says_the_limit(self):
        follower = self.follow()
        for way in ("openat", "tcp", "socketpair", "pipe2", "eventfd2", "epoll_create1",
                    "timerfd_create", "signalfd4", "inotify_init1", "fanotify_init",
                    "memfd_create", "dup", "mq_open", "pidfd_open", "bpf",
                    "io_uring_setup", "userfaultfd", "perf_event_open", "clone3_pidfd"):
            with self.subTest(way=way):
                maker = self.maker(limit=20)
                maker.must("leak 16" if way == "dup" else "leak 17")
                maker.do(way)
                _, event = follower.wait(maker.pid, "emfile")
                self.assertEqual(event["cause"], "RLIMIT_NOFILE")


class Shared(harness.Case):
    @unittest.skipUnless(OWN_MACHINE, "it would spend the host's files: tests/vm runs it")
    def test_file_max(self):
        """Each refusal is counted, and nothing else, before, at and behind the limit."""
        stranger, root = self.maker(uid=harness.OTHER_USER), self.maker()
        self.addCleanup(FILE_MAX.write_text, FILE_MAX.read_text())
        used = int(FILE_MAX.with_name("file-nr").read_text().split()[0])
        FILE_MAX.write_text(str(used + 300))
        follower = self.follow()
        stranger.must("leak 20")
        reply = stranger.must("emfile 5")
        self.assertEqual((reply["refused"], reply["errno"]), (5, "ENFILE"))
        root.must("leak 100")  # which it may
        self.assertEqual(stranger.must("emfile 2")["errno"], "ENFILE")
        _, event = follower.wait(stranger.pid, "enfile")
        self.assertEqual(event["cause"], "fs.file-max")
        FILE_MAX.write_text(str(used + 100000))
        stranger.must("leak 20")
        harness.wait_for(lambda: self.daemon.show(stranger.pid)["refusals"] == {"fs.file-max": 7},
                         lambda: f"7 refusals; came: {self.daemon.show(stranger.pid)['refusals']}")
        self.daemon.await_polls(1)
        self.assertEqual(self.daemon.show(stranger.pid)["refusals"], {"fs.file-max": 7})
        self.assertFalse(self.daemon.show(root.pid)["refusals"])
        self.assertFalse(follower.of(root.pid, "enfile"))


if __name__ == "__main__":
    harness.main()
