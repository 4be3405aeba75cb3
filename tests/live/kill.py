#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 180 s
"""kill -9 under a storm, twenty times: totals and peaks never go back, and come out exact."""

import os
import signal

import harness

KILLS = 20
KEYS = ("opened_total", "closed_total", "peak", "emfile_total")


class Kill(harness.Case):
    def storming(self):
        makers = [self.maker() for _ in range(2)]
        makers[0].must("burst 500")  # a peak that no later daemon sees again
        makers[1].must("setrlimit 64")
        makers[1].must("emfile 3")
        makers[1].must("close-all")
        for maker in makers:
            self.await_equal(maker.pid)
        before = self.daemon.all()
        for maker in makers:
            maker.send("storm 60")
        return makers, before

    def test_totals_never_go_back(self):
        makers, before = self.storming()
        last = {m.pid: before[m.pid] for m in makers}
        for turn in range(KILLS):
            self.daemon.process.kill()
            self.daemon.process.wait()
            self.daemon.start()
            everyone = self.daemon.all()
            for maker in makers:
                now, then = everyone[maker.pid], last[maker.pid]
                self.assertEqual(now["start_time"], then["start_time"])
                for key in KEYS:
                    self.assertGreaterEqual(now[key], then[key], f"{key} after kill {turn + 1}")
                last[maker.pid] = now
        first = makers[0].pid
        self.assertGreater(last[first]["opened_total"], before[first]["opened_total"])
        for maker in makers:
            os.kill(maker.pid, signal.SIGUSR1)
        for maker in makers:
            self.judge(maker, maker.receive(), before[maker.pid])

    def judge(self, maker, reply, before):
        """Not one call was missed or counted twice."""
        after = self.daemon.await_process(
            maker.pid,
            lambda p: p["opened_total"] - before["opened_total"] == reply["opened"] and
            p["closed_total"] - before["closed_total"] == reply["closed"],
            f"{reply['opened']} opened more than {before['opened_total']} and "
            f"{reply['closed']} closed more than {before['closed_total']}")
        self.assertEqual(after["fds"], harness.count_of(maker.pid))
        self.assertEqual(after["emfile_total"], before["emfile_total"])
        self.assertGreaterEqual(after["peak"], before["peak"])
        harness.note(f"{reply['opened']} opened over {KILLS} kills, each counted once")


if __name__ == "__main__":
    harness.main()
