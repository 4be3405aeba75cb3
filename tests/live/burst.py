#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""What comes and goes between two polls shows in the peak."""

import time

import harness

BURST = 700


class Burst(harness.Case):
    interval = 1.0

    def test_burst_shows_in_peak(self):
        maker = self.maker()
        before = self.await_equal(maker.pid)
        reply = maker.must(f"burst {BURST}")
        harness.note(f"{BURST} descriptors came and went within {reply['ms']} ms")
        self.assertLess(float(reply["ms"]), self.interval * 1000)
        after = self.daemon.await_process(
            maker.pid, lambda p: p["opened_total"] == before["opened_total"] + BURST,
            f"{BURST} more opened")
        self.assertEqual(after["peak"], before["fds"] + BURST)
        self.assertEqual(after["fds"], before["fds"])
        self.assertEqual(after["closed_total"], before["closed_total"] + BURST)

    def test_peak_does_not_add_up(self):
        maker = self.maker()
        before = self.await_equal(maker.pid)
        for _ in range(20):
            maker.must("burst 10")
            time.sleep(0.01)  # spread over the time between polls, and over a poll
        after = self.daemon.await_process(
            maker.pid, lambda p: p["opened_total"] == before["opened_total"] + 200, "200 opened")
        self.assertEqual(after["peak"], before["fds"] + 10)

    def test_peak_of_threads(self):
        maker = self.maker()
        before = self.await_equal(maker.pid)
        maker.must("threads 20 leak 5")
        maker.must("join")
        maker.must("close-all")
        after = self.daemon.await_process(
            maker.pid, lambda p: p["closed_total"] == before["closed_total"] + 100, "100 closed")
        self.assertEqual(after["peak"], before["fds"] + 100)


if __name__ == "__main__":
    harness.main()
