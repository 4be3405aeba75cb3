#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""
A 32-bit program, whose calls fire no tracepoint: its count is exact, its rates are unknown. It has
the kernel's functions called all the same: where those are hooked, its rates are exact, too.
"""

import subprocess

import harness

# Opens /dev/null 5 times and closes one of them, every 50 ms, without end.
SOURCE = """
.globl _start
_start:
	mov $5, %esi
1:	mov $5, %eax		# open
	mov $path, %ebx
	mov $2, %ecx
	int $0x80
	dec %esi
	jnz 1b
	mov $6, %eax		# close
	mov $3, %ebx
	int $0x80
	mov $162, %eax		# nanosleep
	mov $pause, %ebx
	xor %ecx, %ecx
	int $0x80
	jmp _start
.data
path:	.asciz "/dev/null"
.balign 4
pause:	.long 0, 50000000
"""
LIMIT = 200
MADE_BEFORE = harness.TOOLS / "tests" / "compat"  # for a machine without an assembler


def make(folder):
    """The program, in a folder."""
    path = folder / "compat"
    assembler, linker = ["as", "--32", "-o", f"{path}.o", "-"], ["ld", "-m", "elf_i386", "-o", path]
    subprocess.run(assembler, input=SOURCE.encode(), check=True, capture_output=True)
    subprocess.run([*linker, f"{path}.o"], check=True, capture_output=True)
    return path


class Compat(harness.Case):
    interval = 0.1

    def program(self):
        if MADE_BEFORE.exists():
            return MADE_BEFORE
        try:
            return make(self.daemon.folder)
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipTest(f"no 32-bit program can be made: {error}")

    def test_count_and_rates(self):
        limit = harness.resource.RLIMIT_NOFILE
        hard = harness.resource.getrlimit(limit)[1]
        drift = self.daemon.status()["drift_total"]
        try:
            process = subprocess.Popen([self.program()])
        except OSError as error:
            self.skipTest(f"this kernel runs no 32-bit programs: {error.strerror}")
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        harness.resource.prlimit(process.pid, limit, (LIMIT, hard))
        rests = LIMIT - 1  # refused, it closes one and rests
        p = self.daemon.await_process(process.pid, lambda p: p["fds"] == rests, f"{rests}")
        self.assertEqual(harness.count_of(process.pid), rests)
        if self.daemon.status()["backend"] == "fentry":
            later = self.daemon.await_process(
                process.pid, lambda q: q["opened_total"] > p["opened_total"] + 3, "more opened")
            for key in ("opened_total", "closed_total", "emfile_total"):
                self.assertGreater(later[key], p[key], key)
            self.assertEqual(later["unattributed_total"], p["unattributed_total"])
        else:
            for key in ("opened_total", "closed_total", "emfile_total"):
                self.assertIsNone(p[key], key)
        self.assertGreaterEqual(p["peak"], rests)
        self.assertEqual(p["soft_limit"], LIMIT)
        self.assertEqual(p["drift_total"], 0)
        harness.note(f"drift of the host meanwhile: {self.daemon.status()['drift_total'] - drift}")
        self.assertEqual(len(self.daemon.show(process.pid)["descriptors"]), rests)


if __name__ == "__main__":
    harness.main()
