#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""fdwatch check, over real processes: its exit status and its line."""

import re
import subprocess

import harness

LINE = re.compile(r"^FDWATCH (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| [^|\n]+)?\n$")
FIGURE = re.compile(r"^[a-z_]+=[\d.]+(s|%)?(;[\d.:]*){0,4}$")

# Everything that runs beside this test is silenced, for it is none of its business.
CONFIG = f"""
[command *]
silence = yes
[command {harness.MAKER_NAME}]
silence = no
[command {harness.MAKER_NAME}-h]
silence = yes
"""


class Check(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(start=False)
        cls.addClassCleanup(cls.daemon.close)
        config = cls.daemon.folder / "conf"
        config.write_text(CONFIG)
        cls.daemon.options = ["--config", str(config)]
        cls.daemon.start()

    def check(self, *options, socket=None):
        result = subprocess.run([harness.CLIENT, "--socket", str(socket or self.daemon.socket),
                                 "check", *options], text=True, capture_output=True, timeout=60)
        self.assertRegex(result.stdout, LINE)
        for figure in result.stdout.partition(" | ")[2].split():
            self.assertRegex(figure, FIGURE)
        return result.returncode, result.stdout

    def holder(self, share, limit=100):
        """A process that holds `share` percent of its limit, with a quiet past."""
        maker = self.maker(limit=limit)
        held = harness.count_of(maker.pid)
        maker.must(f"leak {limit * share // 100 - held}")
        self.daemon.await_process(
            maker.pid, lambda p: p["fds"] == limit * share // 100, f"{share} %")
        return maker

    def test_levels(self):
        maker = self.holder(80)
        self.assertEqual(self.check("--warning", "81%", "--critical", "90%")[0], 0)
        status, line = self.check("--warning", "80%", "--critical", "90%")
        self.assertEqual(status, 1)
        self.assertIn(f"[{maker.pid}]", line)
        self.assertIn("80 of 100 (80%)", line)
        self.assertEqual(self.check("--warning", "50%", "--critical", "80%")[0], 2)
        self.assertEqual(self.check("--critical", "80%")[0], 2)
        self.assertEqual(self.check("--warning", "6h", "--critical", "15min")[0], 0)

    def test_own_states(self):
        self.assertEqual(self.check()[0], 0)
        maker = self.holder(100)
        status, line = self.check()
        self.assertEqual(status, 2)
        self.assertIn(f"CRITICAL - {harness.MAKER_NAME}[{maker.pid}]", line)
        self.assertEqual(self.check("--warning", "1s")[0], 2)
        maker.close()
        harness.wait_for(lambda: self.check()[0] == 0, "an end")

    def test_unknown(self):
        for options in (["--warning", "soon"], ["--warning", "80"], ["--critical", "0%"],
                        ["--nonsense"], ["operand"]):
            status, line = self.check(*options)
            self.assertEqual((status, line), (3, "FDWATCH UNKNOWN - wrong usage\n"), options)
        status, line = self.check(socket=self.daemon.folder / "nobody")
        self.assertEqual((status, line), (3, "FDWATCH UNKNOWN - fdwatchd is not reachable\n"))


if __name__ == "__main__":
    harness.main()
