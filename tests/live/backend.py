#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 240 s
"""Which backend counts: chosen by what the kernel allows, or by name. One takes over another."""

import signal

import harness

OTHER = {"fentry": "tracepoint", "tracepoint": "fentry"}


class Backend(harness.Case):
    def start(self, backend):
        self.daemon.options = ["--backend", backend]
        self.daemon.start()
        self.addCleanup(self.daemon.stop)
        return self.daemon.status()["backend"]

    def setUp(self):
        self.daemon.stop()

    def fentry_or_skip(self):
        """Loads it and leaves it to the next daemon."""
        refused = self.daemon.run("--load", "--backend", "fentry")
        if refused.returncode:
            self.skipTest(refused.stderr.strip())

    def test_refused_with_one_line(self):
        """A kernel that refuses fentry has auto take tracepoints; asked for by name, it says so."""
        done = self.daemon.run("--load", "--backend", "fentry")
        if not done.returncode:
            self.daemon.run("--unload")
            self.skipTest("this kernel allows fentry")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("fentry", done.stderr)
        self.assertEqual(self.start("auto"), "tracepoint")

    def test_chosen(self):
        self.assertEqual(self.start("tracepoint"), "tracepoint")
        self.daemon.stop()
        self.fentry_or_skip()
        self.assertEqual(self.start("auto"), "fentry")
        self.assertEqual(self.daemon.status()["skipped_calls"], [])

    def test_pins_of_either_serve_auto(self):
        self.assertEqual(self.start("tracepoint"), "tracepoint")
        self.daemon.stop(signal.SIGUSR2)
        self.assertEqual(self.start("auto"), "tracepoint")

    def test_one_takes_over_from_the_other(self):
        """Totals go on, each opening counted once."""
        self.fentry_or_skip()
        maker = self.maker()
        backend = "fentry"
        for turn in range(4):
            self.assertEqual(self.start(backend), backend)
            before = self.await_equal(maker.pid)
            maker.must("leak 10")
            after = self.daemon.await_process(
                maker.pid, lambda p, n=before["opened_total"] + 10: p["opened_total"] == n,
                f"the ten of turn {turn}")
            self.assertEqual(after["unattributed_total"], before["unattributed_total"])
            self.assertGreaterEqual(before["opened_total"], 10 * turn)
            self.daemon.stop(signal.SIGUSR2)
            backend = OTHER[backend]


if __name__ == "__main__":
    harness.main()
