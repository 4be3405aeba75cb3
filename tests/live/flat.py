#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""A watcher of leaks that leaks nothing, over thousands of polls and requests."""

import os
import shutil

import harness

SECONDS_BETWEEN_POLLS = 0.01
POLLS = 3000
REQUESTS = 2000
LOOKS = 30
EACH_KIB = 16  # of what others start meanwhile, and every daemon watches


class Flat(harness.Case):
    interval = SECONDS_BETWEEN_POLLS

    @classmethod
    def setUpClass(cls):
        """What grows in tests beside this one is neither tracked nor told: that takes files."""
        folder = harness.folder_of_own()
        cls.addClassCleanup(shutil.rmtree, folder)
        config = folder / "fdwatch.conf"
        config.write_text("[tracking]\nmode = none\n[journal]\nenabled = no\n")
        cls.daemon = harness.Daemon(interval=cls.interval, options=["--config", config])
        cls.addClassCleanup(cls.daemon.close)

    def resident(self):
        with open(f"/proc/{self.daemon.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    def test_polls_and_requests(self):
        maker = self.maker()
        maker.must("tcp")
        self.await_equal(maker.pid)
        self.ask(maker, 100)
        before = self.lasting()
        memory = self.resident()
        most = watched = len(self.daemon.all())
        begin = harness.time.monotonic()
        while harness.time.monotonic() - begin < POLLS * self.interval:
            self.ask(maker, REQUESTS // 20)
            most = max(most, len(self.daemon.all()))
        harness.note(f"resident: {memory} KiB before, {self.resident()} KiB after")
        harness.wait_for(lambda: self.lasting() <= before,
                         lambda: f"what is new to be closed: {self.lasting() - before}")
        if not harness.SANITIZED:  # which keeps what is freed for a while
            self.assertLess(self.resident(), memory + 4096 + (most - watched) * EACH_KIB)

    def ask(self, maker, n):
        connection = harness.Connection(self.daemon.socket)
        targets = ("/v1/status", "/v1/processes", f"/v1/processes/{maker.pid}", "/v1/events",
                   "/v1/processes/4194305", "/nowhere")
        for i in range(n):
            connection.request("GET", targets[i % len(targets)])
            connection.getresponse().read()
            if i % 10 == 0:
                connection.close()
        connection.close()
        self.daemon.follow().close()
        maker.must("burst 3")
        gone = self.maker()
        gone.close()

    def connections(self):
        """How many of its clients' connections the daemon still holds."""
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as table:
            return sum(line.endswith(f" {self.daemon.socket}\n") for line in table) - 1

    def lasting(self):
        """What the daemon holds in each of many looks, once connections are gone: among thousands
        of processes it is reading the kernel's list, or one process's files, at most times."""
        harness.wait_for(lambda: not self.connections(), "its connections to be gone")
        looks = []
        for _ in range(LOOKS):
            self.daemon.await_polls(2)
            looks.append(set(harness.descriptors_of(self.daemon.pid).items()))
        return set.intersection(*looks)


if __name__ == "__main__":
    harness.main()
