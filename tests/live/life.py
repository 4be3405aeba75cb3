#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Processes: fork, exec, threads, shared tables, pid namespaces, reused numbers."""

import os

import harness


class Life(harness.Case):
    interval = 0.1

    def child(self, maker, how, command="nothing"):
        """(pid of a child that has done the command, the reply)"""
        reply = maker.do(f"child {how} {command}")
        if reply.skipped:
            self.skipTest(reply.skipped)
        return reply["child"], reply

    def test_started_before_the_daemon(self):
        folder = harness.folder_of_own()
        self.addCleanup(harness.shutil.rmtree, folder)
        maker = harness.Maker(folder)
        self.addCleanup(maker.close)
        maker.must("leak 40")
        late = harness.Daemon(interval=self.interval)
        self.addCleanup(late.close)
        p = late.await_process(maker.pid, lambda p: p["fds"] == 43, "43")
        self.assertEqual((p["opened_total"], p["closed_total"], p["peak"]), (0, 0, 43))
        maker.must("leak 2")
        p = late.await_process(maker.pid, lambda p: p["fds"] == 45, "45")
        self.assertEqual(p["opened_total"], 2)

    def test_fork_inherits(self):
        maker = self.maker()
        maker.must("leak 20")
        pid, reply = self.child(maker, "fork", "leak 7")
        p = self.await_equal(pid)
        self.assertEqual(p["fds"], 30)
        self.assertEqual((p["opened_total"], p["closed_total"]), (reply["child_opened"], 0))
        self.assertEqual(p["parent_pid"], maker.pid)
        self.assertEqual(self.await_equal(maker.pid)["fds"], 23)
        maker.must("end")
        harness.wait_for(lambda: self.daemon.find(pid) is None, "the child to be forgotten")

    def exec_drops(self, command):
        maker = self.maker()
        maker.must("leak 10")
        maker.must("leak 15 cloexec")
        before = self.await_equal(maker.pid)
        self.assertEqual(before["fds"], 28)
        maker.must(command)
        after = self.await_equal(maker.pid)
        self.assertEqual(after["fds"], 13)
        self.assertEqual(after["start_time"], before["start_time"])
        self.assertEqual(after["peak"], 28)
        # Loading a program opens and closes too; what is left is 15 less.
        self.daemon.await_polls(2)
        after = self.daemon.find(maker.pid)
        self.assertGreaterEqual(after["closed_total"], before["closed_total"] + 15)
        self.assertEqual(after["opened_total"] - after["closed_total"],
                         before["opened_total"] - before["closed_total"] - 15)
        self.assertEqual((after["unattributed_total"], after["drift_total"]), (0, 0))
        maker.must("leak 3")
        p = self.daemon.await_process(  # a poll may come between an opening and its count
            maker.pid, lambda p: p["fds"] == 16 and
            p["opened_total"] >= after["opened_total"] + 3, "16, each opened")
        self.assertEqual(p["opened_total"], after["opened_total"] + 3)

    def test_exec_drops_close_on_exec(self):
        self.exec_drops("exec")

    def test_exec_from_a_thread(self):
        self.exec_drops("exec-thread")

    def test_exec_from_a_thread_keeps_totals(self):
        maker = self.maker(limit=50)
        maker.must("emfile 3")
        maker.must("close-all")
        before = self.await_equal(maker.pid)
        maker.must("exec-thread")
        after = self.daemon.await_process(
            maker.pid, lambda p: p["opened_total"] > before["opened_total"], "an exec's opens")
        self.assertEqual((after["peak"], after["emfile_total"]), (50, 3))

    def test_vfork_and_spawn(self):
        for how in ("vfork", "spawn"):
            with self.subTest(how=how):
                maker = self.maker()
                maker.must("leak 5")
                maker.must("leak 4 cloexec")
                before = self.await_equal(maker.pid)
                pid, _ = self.child(maker, how)
                # What it loads comes and goes before that.
                harness.wait_for(lambda p=pid: harness.count_of(p) == 8, "8 in /proc")
                self.daemon.await_process(pid, lambda p: p["fds"] == 8, "8")
                after = self.await_equal(maker.pid)
                for key in ("fds", "opened_total", "closed_total"):
                    self.assertEqual(after[key], before[key], key)

    def test_threads(self):
        maker = self.maker()
        before = self.await_equal(maker.pid)
        maker.must("threads 50 leak 4")
        p = self.await_equal(maker.pid)
        self.assertEqual((p["fds"], p["threads"]), (203, 51))
        self.assertEqual(p["opened_total"], before["opened_total"] + 200)
        maker.must("join")

    def test_leader_that_has_left(self):
        """The main thread is gone, another goes on."""
        maker = self.maker()
        maker.must("leak 20")
        before = self.await_equal(maker.pid)
        maker.must("leader-exit")
        thread = max(int(t) for t in os.listdir(f"/proc/{maker.pid}/task"))
        self.assertNotEqual(thread, maker.pid)
        # pthread_exit() itself may open and close a library.
        between = self.await_equal(maker.pid, f"{maker.pid}/task/{thread}")
        self.assertEqual(between["fds"], 23)
        maker.must("leak 5")
        p = self.await_equal(maker.pid, f"{maker.pid}/task/{thread}")
        self.assertEqual((p["fds"], p["opened_total"]), (28, between["opened_total"] + 5))
        self.assertEqual(p["start_time"], before["start_time"])
        answer = self.daemon.show(maker.pid)
        self.assertEqual(len(answer["descriptors"]), 28)

    def test_leader_that_left_long_before_an_exec(self):
        """What came after the leader's end is not forgotten."""
        maker = self.maker()
        maker.must("leader-exit")
        maker.must("leak 50")
        thread = max(int(t) for t in os.listdir(f"/proc/{maker.pid}/task"))
        before = self.await_equal(maker.pid, f"{maker.pid}/task/{thread}")
        self.daemon.await_polls(1)
        maker.must("exec")
        after = self.await_equal(maker.pid)
        self.assertGreaterEqual(after["opened_total"], before["opened_total"])
        self.assertGreaterEqual(after["peak"], before["peak"])

    def test_range_closed_by_a_thread(self):
        """The table is the process's, whichever thread closes a range of it."""
        maker = self.maker()
        before = self.await_equal(maker.pid)
        reply = maker.must("threads 1 close_range")
        maker.must("join")
        self.daemon.await_polls(3)
        p = self.await_equal(maker.pid)
        self.assertEqual((p["closed_total"] - before["closed_total"], p["drift_total"]),
                         (reply["closed"], 0))

    def test_shared_table(self):
        """CLONE_FILES: one table, two processes."""
        maker = self.maker()
        maker.must("leak 3")
        pid, _ = self.child(maker, "files", "leak 6")
        for each in (maker.pid, pid):
            p = self.await_equal(each)
            self.assertEqual(p["fds"], 12)
        maker.must("close-all")
        for each in (maker.pid, pid):
            self.daemon.await_process(each, lambda p: p["fds"] == harness.count_of(maker.pid),
                                      "the shared table")

    def test_thread_with_a_table_of_its_own(self):
        maker = self.maker()
        before = self.await_equal(maker.pid)
        maker.must("threads 3 unshare 10")
        maker.must("leak 2")
        p = self.daemon.await_process(maker.pid, lambda p: p["fds"] == before["fds"] + 2, "2 more")
        self.assertEqual(p["fds"], harness.count_of(maker.pid))
        self.daemon.await_polls(3)
        self.assertEqual(self.daemon.find(maker.pid)["fds"], before["fds"] + 2)
        maker.must("join")
        self.assertEqual(self.await_equal(maker.pid)["drift_total"], 0)

    def test_nested_pid_namespace(self):
        maker = self.maker()
        pid, _ = self.child(maker, "pidns", "leak 5")
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            numbers = next(line for line in status if line.startswith("NSpid:")).split()[1:]
        self.assertEqual(numbers, [str(pid), "1"])
        p = self.await_equal(pid)
        self.assertEqual((p["fds"], p["opened_total"], p["parent_pid"]), (8, 5, maker.pid))

    def test_reused_pid(self):
        """The same number for another process: nothing of the first is the second's."""
        maker = self.maker(limit=50)
        pid, _ = self.child(maker, "fork", "emfile 4")
        first = self.daemon.await_process(pid, lambda p: p["emfile_total"] == 4, "4 refusals")
        self.assertEqual(first["peak"], 50)
        maker.must("end")
        for _ in range(100):
            reply = maker.do(f"child pid={pid} leak 2")
            if not reply.skipped:
                break
        else:
            self.skipTest(reply.skipped)
        self.assertEqual(reply["child"], pid)
        second = self.daemon.await_process(
            pid, lambda p: p["start_time"] != first["start_time"] and p["fds"] > 3,
            "another start time, and the leak,")
        self.assertEqual((second["fds"], second["opened_total"], second["closed_total"],
                          second["peak"], second["emfile_total"], second["state"]),
                         (5, 2, 0, 5, 0, "ok"))

    def test_short_lives(self):
        """Hundreds that come and go between polls leave nothing behind."""
        maker = self.maker()
        swarm = maker.must("swarm 100 2 0.3").children
        maker.must("end")
        harness.wait_for(lambda: not swarm.keys() & self.daemon.all().keys(),
                         "the swarm to be forgotten")

    def test_comm_of_any_bytes(self):
        maker = self.maker()
        maker.must('comm \x1b[31m"\\\x7f')
        p = self.daemon.await_process(maker.pid, lambda p: p["comm"] != harness.MAKER_NAME,
                                      "new name")
        self.assertEqual(p["comm"], '\x1b[31m"\\\\x7f')  # DEL is spelt out


class Blocked(harness.Case):
    """Calls that wait with a number already taken."""

    interval = 0.1
    THREADS = 15

    def test_before_the_daemon(self):
        """What waited when watching began is opened when it ends to wait, and no drift."""
        maker = self.maker()
        made = maker.must(f"block-accept {self.THREADS}")
        late = harness.Daemon(interval=self.interval)
        self.addCleanup(late.close)
        late.await_process(maker.pid, lambda p: p["fds"] == 4 + self.THREADS, "19")
        done = maker.must("unblock")
        p = late.await_process(maker.pid, lambda p: p["opened_total"] == done["opened"],
                               f"{done['opened']} opened after {made['opened']}")
        late.await_polls(3)
        p = late.find(maker.pid)
        self.assertEqual((p["opened_total"], p["closed_total"], p["drift_total"]),
                         (done["opened"], done["closed"], 0))
        self.assertEqual(p["fds"], harness.count_of(maker.pid))

    def check(self, command):
        maker = self.maker()
        begin = self.await_equal(maker.pid)
        made = maker.must(command)
        entries = harness.count_of(maker.pid)
        p = self.daemon.await_process(
            maker.pid, lambda p: p["fds"] == entries + self.THREADS,
            f"{entries} and {self.THREADS} taken by calls under way")
        self.assertEqual(p["reserved"], self.THREADS)
        self.daemon.await_polls(3)
        p = self.daemon.find(maker.pid)
        self.assertEqual(p["opened_total"] - begin["opened_total"], made["opened"])
        self.assertEqual(p["drift_total"], 0)
        answer = self.daemon.show(maker.pid)
        self.assertEqual((answer["reserved"], len(answer["descriptors"])),
                         (self.THREADS, entries))
        done = maker.must("unblock")
        p = self.daemon.await_process(
            maker.pid, lambda p: p["opened_total"] - begin["opened_total"] ==
            made["opened"] + done["opened"], f"{made['opened']} and {done['opened']} opened")
        self.daemon.await_polls(3)
        p = self.daemon.find(maker.pid)
        self.assertEqual(p["opened_total"] - begin["opened_total"],
                         made["opened"] + done["opened"])
        self.assertEqual(p["closed_total"] - begin["closed_total"], done["closed"])
        self.assertEqual(p["fds"], harness.count_of(maker.pid))
        self.assertEqual((p["unattributed_total"], p["drift_total"]), (0, 0))

    def test_accept(self):
        self.check(f"block-accept {self.THREADS}")

    def test_open_of_a_fifo(self):
        self.check(f"block-fifo {self.THREADS}")


if __name__ == "__main__":
    harness.main()
