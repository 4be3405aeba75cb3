#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Events: 80, 90 and 95 % of the soft limit once each, changed limits, ends of processes."""

import datetime
import resource
import time

import harness

LIMIT = 100


class Case(harness.Case):
    def start(self):
        follower = self.follow()
        maker = self.maker(limit=LIMIT)
        self.daemon.await_process(maker.pid, lambda p: p["fds"] == 3, "3")
        return follower, maker

    @staticmethod
    def reach(maker, fds):
        have = harness.count_of(maker.pid)
        if fds > have:
            maker.must(f"leak {fds - have}")
        for fd in sorted(harness.descriptors_of(maker.pid), reverse=True)[:max(have - fds, 0)]:
            maker.must(f"shut {fd}")

    def crossed(self, follower, maker):
        return [e["fds"] for _, e in follower.of(maker.pid, "threshold")]

    def settle(self):
        """Whatever a look has to say has been said: whoever asks makes the daemon look."""
        polls = self.daemon.status()["polls_total"]
        harness.wait_for(lambda: self.daemon.all() and
                         self.daemon.status()["polls_total"] > polls + 2, "looks")


class AtOnce(Case):
    interval = 60.0  # what comes before the deadline did not wait for a poll

    def test_each_level_at_once(self):
        follower, maker = self.start()
        for count, fds in enumerate((80, 90, 95), 1):
            self.reach(maker, fds - 1)
            self.assertEqual(len(self.crossed(follower, maker)), count - 1)
            begin = time.time()
            self.reach(maker, fds)
            when, event = follower.wait(maker.pid, "threshold", count)
            harness.note(f"{fds} of {LIMIT}: told after {(when - begin) * 1000:.1f} ms")
            self.assertEqual((event["fds"], event["soft_limit"]), (fds, LIMIT))
            stamp = datetime.datetime.fromisoformat(event["time"])
            self.assertIsNotNone(stamp.tzinfo)
            self.assertLess(abs(stamp.timestamp() - when), 5)
        self.settle()
        self.assertEqual(self.crossed(follower, maker), [80, 90, 95])

    def test_told_once_while_it_swings(self):
        follower, maker = self.start()
        for _ in range(5):
            self.reach(maker, 81)
            self.reach(maker, 78)
        self.settle()
        self.assertEqual(self.crossed(follower, maker), [80])

    def test_told_again_after_it_has_fallen(self):
        follower, maker = self.start()
        self.reach(maker, 82)
        self.reach(maker, 60)
        self.settle()  # falling is seen by the snapshot
        self.reach(maker, 80)
        follower.wait(maker.pid, "threshold", 2)
        self.settle()
        self.assertEqual(len(self.crossed(follower, maker)), 2)

    def test_one_leap_over_all(self):
        follower, maker = self.start()
        maker.must("burst 95")
        _, event = follower.wait(maker.pid, "threshold", 3)
        self.settle()
        self.assertEqual(len(self.crossed(follower, maker)), 3)
        self.assertEqual(event["fds"], 95)

    def test_history_tells_what_was(self):
        _, maker = self.start()
        self.reach(maker, 80)
        connection = harness.Connection(self.daemon.socket)
        self.addCleanup(connection.close)

        def told():
            connection.request("GET", "/v1/events")
            lines = connection.getresponse().read().splitlines()
            events = [harness.json.loads(line) for line in lines]
            return [e for e in events if e["pid"] == maker.pid and e["type"] == "threshold"]

        harness.wait_for(told, "the event in the history")


class ByPoll(Case):
    def test_changed_limit(self):
        follower, maker = self.start()
        self.reach(maker, 50)
        resource.prlimit(maker.pid, resource.RLIMIT_NOFILE,
                         (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        # The maker's own change at its start may have been seen as one, too.
        told = harness.wait_for(lambda: [e for _, e in follower.of(maker.pid, "limit")
                                         if e["soft_limit"] == 60], "the event of the limit")
        self.assertEqual([e["fds"] for e in told], [50])
        _, event = follower.wait(maker.pid, "threshold")
        self.assertEqual(event["soft_limit"], 60)
        self.assertEqual(self.daemon.find(maker.pid)["soft_limit"], 60)

    def test_end_of_a_process(self):
        follower, maker = self.start()
        maker.close()
        _, event = follower.wait(maker.pid, "exit")
        self.assertEqual(event["comm"], harness.MAKER_NAME)
        self.assertIsNone(self.daemon.find(maker.pid))
        status, body = harness.request(self.daemon.socket, f"/v1/processes/{maker.pid}")
        self.assertEqual(status, 404, body)
        self.settle()
        self.assertEqual(len(follower.of(maker.pid, "exit")), 1)


if __name__ == "__main__":
    harness.main()
