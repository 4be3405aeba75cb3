#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A hundred processes of several threads under churn, then still: equal with /proc for each."""

import harness

PROCESSES = 50  # of each of two makers
THREADS = 4
SECONDS = 4
CROWD = 800


class Churn(harness.Case):
    def test_equal_once_still(self):
        makers = [self.maker() for _ in range(2)]
        before = self.daemon.status()
        for maker in makers:
            maker.send(f"swarm {PROCESSES} {THREADS} {SECONDS}")
        children = {}
        for maker in makers:
            children.update(maker.receive().children)
        self.assertEqual(len(children), 2 * PROCESSES)
        still = {pid: harness.count_of(pid) for pid in children}

        def look():
            everyone = self.daemon.all()
            return all(everyone.get(pid) and everyone[pid]["fds"] == n
                       for pid, n in still.items()) and everyone

        self.daemon.await_polls(3)
        everyone = harness.wait_for(look, lambda: self.wrong(still))
        self.assertEqual(still, {pid: harness.count_of(pid) for pid in children})
        self.judge_totals(children, everyone, before)

    def test_crowd(self):
        """More processes than one reading's buffer holds: all are seen, each time."""
        follower = self.follow()
        crowd = set(self.maker().must(f"swarm {CROWD} 1 0.01").children)
        harness.wait_for(lambda: crowd <= self.daemon.all().keys(), "the crowd")
        for _ in range(10):
            self.daemon.await_polls(1)
            self.assertLessEqual(crowd, self.daemon.all().keys())
        self.assertFalse([e for _, e in follower.poll()
                          if e["type"] == "exit" and e["pid"] in crowd])

    def wrong(self, still):
        everyone = self.daemon.all()
        return {pid: (n, everyone.get(pid)) for pid, n in still.items()
                if not everyone.get(pid) or everyone[pid]["fds"] != n}

    def judge_totals(self, children, everyone, before):
        made = sum(opened for opened, _ in children.values())
        wrong = sum(abs(everyone[pid]["opened_total"] - opened) +
                    abs(everyone[pid]["closed_total"] - closed)
                    for pid, (opened, closed) in children.items())
        after = self.daemon.status()
        drift = after["drift_total"] - before["drift_total"]
        harness.note(f"{made} opened by {len(children)} processes; totals are off by {wrong}, "
                     f"drift of the host {drift}, lost {after['lost_events_total']}")
        self.assertLess(wrong, made / 1000)
        self.assertLess(drift, made / 1000)


if __name__ == "__main__":
    harness.main()
