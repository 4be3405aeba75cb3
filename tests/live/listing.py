#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""One process's descriptors, every kind at once, as /proc and lsof see them."""

import os
import shutil
import stat
import subprocess

import harness
from ways import WAYS

LSOF = shutil.which("lsof")
ACCESS = {0: "O_RDONLY", 1: "O_WRONLY", 2: "O_RDWR"}


def shown(name):
    """Bytes as JSON can say them: what is not UTF-8 as \\xNN."""
    return name.decode(errors="backslashreplace")


class Listing(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = harness.Maker(cls.daemon.folder)
        cls.addClassCleanup(cls.maker.close)
        cls.kinds = {0: "pipe", 1: "pipe"}
        for way in WAYS:
            reply = cls.maker.do(way)
            if reply.skipped:
                harness.note(f"{way}: {reply.skipped}")
            else:
                cls.kinds.update(reply.kinds)
        cls.proc = harness.descriptors_of(cls.maker.pid)
        cls.daemon.await_polls(1)
        cls.answer = cls.daemon.show(cls.maker.pid)
        cls.listed = {d["fd"]: d for d in cls.answer["descriptors"]}

    def info(self, fd):
        with open(f"/proc/{self.maker.pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)

    def each(self):
        return [(fd, target, self.listed[fd]) for fd, target in self.proc.items()
                if fd in self.listed]

    def at(self, fd):
        return self.subTest(fd=fd, target=self.proc[fd], kind=self.kinds.get(fd))

    def test_same_numbers(self):
        self.assertEqual(sorted(self.listed), sorted(self.proc))
        self.assertEqual([d["fd"] for d in self.answer["descriptors"]], sorted(self.proc))
        self.assertEqual(self.answer["fds"], len(self.proc))
        self.assertEqual(self.answer["reserved"], 0)

    def test_kinds(self):
        for fd, _, d in self.each():
            with self.at(fd):
                if fd in self.kinds:
                    self.assertEqual(d["kind"], self.kinds[fd])

    def test_sums_of_kinds(self):
        sums = {}
        for d in self.listed.values():
            sums[d["kind"]] = sums.get(d["kind"], 0) + 1
        self.assertEqual(self.answer["kinds"], sums)

    def test_paths(self):
        for fd, target, d in self.each():
            with self.at(fd):
                if d["kind"] != "socket":
                    self.assertEqual(d["path"], shown(target))

    def test_close_on_exec(self):
        for fd, _, d in self.each():
            with self.at(fd):
                self.assertEqual(d["cloexec"], bool(int(self.info(fd)["flags"], 8) & os.O_CLOEXEC))

    def test_flags(self):
        for fd, _, d in self.each():
            with self.at(fd):
                flags = int(self.info(fd)["flags"], 8)
                access = "O_PATH" if flags & os.O_PATH else ACCESS[flags & 3]
                self.assertIn(access, d["flags"])
                names = ["O_APPEND", "O_NONBLOCK"]
                if flags & os.O_TMPFILE != os.O_TMPFILE:  # which holds O_DIRECTORY's bit
                    names.append("O_DIRECTORY")
                for name in names:
                    self.assertEqual(name in d["flags"], bool(flags & getattr(os, name)), name)

    def test_offsets(self):
        for fd, _, d in self.each():
            with self.at(fd):
                self.assertEqual(d["offset"], int(self.info(fd)["pos"]))

    def test_inodes_and_devices(self):
        for fd, _, d in self.each():
            with self.at(fd):
                st = os.stat(f"/proc/{self.maker.pid}/fd/{fd}")
                self.assertEqual(d["inode"], st.st_ino)
                device = st.st_rdev if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode) \
                    else st.st_dev
                self.assertEqual(d["device"], f"{os.major(device)}:{os.minor(device)}")

    def test_looking_changes_nothing(self):
        before = self.answer["opened_total"], self.answer["closed_total"]
        for _ in range(20):
            answer = self.daemon.show(self.maker.pid)
        self.assertEqual((answer["opened_total"], answer["closed_total"]), before)
        self.assertEqual(harness.descriptors_of(self.maker.pid), self.proc)

    def test_as_lsof(self):
        if not LSOF:
            self.skipTest("there is no lsof")
        out = subprocess.run([LSOF, "-nP", "-w", "-F", "f", "-p", str(self.maker.pid)],
                             capture_output=True, text=True).stdout
        self.assertEqual(sorted(int(line[1:]) for line in out.splitlines()
                                if line[0] == "f" and line[1:].isdigit()), sorted(self.listed))


class Large(harness.Case):
    """More than one buffer's worth, and a table that changes while it is read."""

    COUNT = 15000

    def test_many(self):
        maker = self.maker()
        maker.must(f"leak {self.COUNT}")
        answer = self.show(maker)
        self.assertEqual([d["fd"] for d in answer["descriptors"]],
                         sorted(harness.descriptors_of(maker.pid)))
        self.assertEqual(answer["kinds"]["chardev"], self.COUNT)

    def test_under_storm(self):
        maker = self.maker()
        maker.must("leak 2000")
        have = set(harness.descriptors_of(maker.pid))
        self.show(maker)
        maker.send("storm 3")
        for _ in range(20):
            fds = [d["fd"] for d in self.daemon.show(maker.pid)["descriptors"]]
            self.assertEqual(len(fds), len(set(fds)))
            self.assertLessEqual(have, set(fds))
        maker.receive()


if __name__ == "__main__":
    harness.main()
