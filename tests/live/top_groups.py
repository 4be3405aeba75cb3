#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 120 s
"""Units and containers in fdwatch top: processes in control groups that are called like theirs."""

import contextlib
import os
import re
from pathlib import Path

import harness
from terminal import Top

IDENTITY = "c0ffee" * 10 + "beef"  # 64 digits, as Docker and its kin name them


def unified_root():
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    return None


class Groups(Top):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = unified_root()

    def group(self, name):
        """A control group of that name; gone with the test."""
        folder = self.root / name if self.root else None
        try:
            folder.mkdir()
        except (AttributeError, OSError) as error:
            self.skipTest(f"no control group can be made here: {error}")
        self.addCleanup(harness.wait_for, lambda: self.removed(folder), f"{folder} to be empty")
        return folder

    @staticmethod
    def removed(folder):
        with contextlib.suppress(OSError):
            folder.rmdir()
        return not folder.exists()

    def member(self, folder, name, count, key):
        maker = self.named(name)
        maker.must(f"leak {count}")
        (folder / "cgroup.procs").write_text(str(maker.pid))
        self.daemon.await_process(maker.pid, lambda p: p[key] and p["fds"] == count + 3, key)
        return maker

    def line_of(self, text, begin):
        return next((line for line in text.split("\n") if line.startswith(begin)), "")

    def test_a_unit(self):
        name = f"fdwtop{os.getpid()}.service"
        folder = self.group(name)
        self.member(folder, "unitsmall", 10, "unit")
        large = self.member(folder, "unitlarge", 50, "unit")
        terminal = self.top(width=160)
        self.filtered(terminal, name)
        terminal.expect("unitsmall", "unitlarge", name)
        terminal.keys("u")
        line = self.line_of(terminal.wait(lambda t: self.line_of(t, name), "its line"), name)
        self.assertEqual(line.split()[1:3], ["2", "66"])  # processes, and their descriptors
        terminal.expect("WORST")  # whose use that is
        self.assertIn("unitlarge", line)
        terminal.keys("Enter")
        terminal.expect("1 Overview", str(large.pid), "unitlarge", name)

    def test_a_container(self):
        folder = self.group(f"docker-{IDENTITY}.scope")
        self.member(folder, "innersmall", 10, "container")
        large = self.member(folder, "innerlarge", 30, "container")
        outside = self.named("outside")
        short = IDENTITY[:12]
        terminal = self.top(width=160)
        self.filtered(terminal, short)
        text = terminal.expect("innersmall", "innerlarge", short)
        self.assertNotIn(IDENTITY[:13], text)
        terminal.expect_not(str(outside.pid))
        terminal.keys("c")
        line = self.line_of(terminal.wait(lambda t: self.line_of(t, short), "its line"), short)
        self.assertEqual(line.split()[1:3], ["2", "46"])
        terminal.keys("Enter")
        terminal.expect("1 Overview", str(large.pid), "innerlarge")
        terminal.keys("Escape")
        terminal.wait(lambda t: re.search(rf"^{short}", t, re.M), "the containers")

    def test_a_machine(self):
        name = f"fdwnspawn{os.getpid()}"
        folder = self.group(f"systemd-nspawn@{name}.service")
        self.member(folder, "spawned", 5, "container")
        terminal = self.top(width=160)
        self.filtered(terminal, name)
        terminal.expect("spawned", name)
        terminal.keys("c")
        terminal.wait(lambda t: self.line_of(t, name), "the machine")


if __name__ == "__main__":
    harness.main()
