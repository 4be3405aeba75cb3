#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Descriptors of every kind, made in every way: the count is /proc's, the totals are exact."""

import subprocess

import harness

WAYS = subprocess.run([harness.MAKER, "list"], capture_output=True, text=True).stdout.split() \
    if harness.MAKER.exists() else []


class Ways(harness.Case):
    """All makers work at once, so that the whole takes as long as one does."""

    interval = 0.1
    makers = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for way in WAYS:
            cls.makers[way] = harness.Maker(cls.daemon.folder)
            cls.addClassCleanup(cls.makers[way].close)
        cls.exact = cls.daemon.status()["backend"] == "fentry"
        cls.drift = cls.daemon.status()["drift_total"]
        cls.begin = cls.settled({way: (0, 0) for way in WAYS})
        cls.replies = {way: maker.do(way) for way, maker in cls.makers.items()}
        cls.made = cls.settled({w: (r.get("opened", 0), r.get("closed", 0))
                                for w, r in cls.replies.items()}, cls.begin)
        cls.proc = {way: harness.count_of(m.pid) for way, m in cls.makers.items()}
        cls.endings = {way: maker.do("close-all") for way, maker in cls.makers.items()}
        cls.ended = cls.settled({w: (r["opened"], r["closed"])
                                 for w, r in cls.endings.items()}, cls.made)
        cls.daemon.await_polls(4)
        cls.quiet = cls.look()

    @classmethod
    def look(cls):
        everyone = cls.daemon.all()
        return {way: everyone.get(maker.pid) for way, maker in cls.makers.items()}

    @classmethod
    def settled(cls, expected, before=None):
        """What the list says once all is as expected, or else at the deadline."""
        found = {}

        def good(way, p):
            opened, closed = expected[way]
            totals = not before or not before[way] or (
                p["opened_total"] - before[way]["opened_total"] == opened and
                p["closed_total"] - before[way]["closed_total"] == closed)
            return totals and p["fds"] == harness.count_of(cls.makers[way].pid)

        def look():
            found.update(cls.look())
            return all(p and good(way, p) for way, p in found.items())

        try:
            harness.wait_for(look, "all ways")
        except AssertionError:
            pass  # each way's own test says what is wrong
        cls.daemon.await_polls(2)
        return cls.look()

    def check(self, way):
        reply = self.replies[way]
        begin, made, ended, quiet = (s[way] for s in (self.begin, self.made, self.ended,
                                                      self.quiet))
        self.assertIsNotNone(begin, "never listed")
        if reply.skipped:
            self.skipTest(reply.skipped)
        end = self.endings[way]
        self.assertEqual(made["opened_total"] - begin["opened_total"], reply["opened"], "opened")
        self.assertEqual(made["closed_total"] - begin["closed_total"], reply["closed"], "closed")
        if self.exact:  # it is hooked, whatever the way: no look had to find it out
            self.assertEqual(ended["unattributed_total"], begin["unattributed_total"], "seen late")
        self.assertEqual(made["fds"], begin["fds"] + reply["opened"] - reply["closed"], "fds")
        self.assertEqual(made["fds"], self.proc[way], "fds and /proc")
        self.assertGreaterEqual(made["peak"], made["fds"], "peak")
        self.assertEqual(ended["closed_total"] - made["closed_total"], end["closed"], "closed-all")
        self.assertEqual(ended["opened_total"], made["opened_total"], "opened-all")
        self.assertEqual(ended["fds"], harness.count_of(self.makers[way].pid), "fds at the end")
        for key in ("fds", "opened_total", "closed_total", "peak"):
            self.assertEqual(quiet[key], ended[key], f"{key} moved in the quiet")

    def test_drift(self):
        """Drift of the whole host, other tests' storms included: told, not judged."""
        drift = self.daemon.status()["drift_total"] - self.drift
        harness.note(f"drift of the host meanwhile: {drift}")
        self.assertLess(drift, 1000)


for name in WAYS:
    def test(self, way=name):
        self.check(way)
    setattr(Ways, f"test_way_{name}", test)

if __name__ == "__main__":
    harness.main()
