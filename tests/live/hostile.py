#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 240 s
"""Programs whose files and memory lie: each costs what is told of it, and nobody else anything."""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
from pathlib import Path

import harness
from tracing import Traced

PT_LOAD = 1
ENDED = "the resolving process was ended"

# Opens as often as it is told, in the way that its argument names.
C = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) int open_one(void)
{
	int fd = open("/dev/null", O_RDONLY);
	return fd;
}

/* The system call with the stack and the frame pointer that are wanted. */
static long lie(unsigned long sp, unsigned long bp)
{
	register unsigned long one __asm__("r12") = sp, other __asm__("r13") = bp;
	long result;

	__asm__ volatile("mov %%rsp, %%r14; mov %%rbp, %%r15; mov %%r12, %%rsp; mov %%r13, %%rbp;"
			 "syscall; mov %%r14, %%rsp; mov %%r15, %%rbp"
			 : "=a"(result)
			 : "a"(SYS_open), "D"("/dev/null"), "S"(O_RDONLY), "r"(one), "r"(other)
			 : "rcx", "r11", "r14", "r15", "memory");
	return result;
}

/* Frames that lead to each other in a circle. */
static long in_a_circle(void)
{
	unsigned long frames[64];

	for (int i = 0; i < 64; i += 2) {
		frames[i] = (unsigned long)&frames[(i + 2) % 64];
		frames[i + 1] = (unsigned long)open_one + 4;
	}
	return lie((unsigned long)frames, (unsigned long)frames);
}

static unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0, 0, 0, 0,
			       0, 0, 0, 0, 0xff, 0xd0, 0x5d, 0xc3};

/* Code made at run time, whose name is the last of a map of a gigabyte. */
static int (*made_at_run_time(void))(void)
{
	unsigned char *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*target)(void) = open_one;
	char name[64];
	FILE *map;

	memcpy(code + 6, &target, 8);
	memcpy(page + 64, code, sizeof(code));
	snprintf(name, sizeof(name), "/tmp/perf-%d.map", getpid());
	map = fopen(name, "w");
	fprintf(map, "%lx 12 too early\n", (long)(page + 64));
	fseek(map, 1l << 30, SEEK_SET);
	fprintf(map, "\n%lx 12 made at run time\n", (long)(page + 64));
	fclose(map);
	return (int (*)(void))(page + 64);
}

int main(int argc, char **argv)
{
	const char *way = argv[1];
	int (*act)(void) = open_one;
	char line[32];

	if (!strcmp(way, "jit"))
		act = made_at_run_time();
	else if (!strcmp(way, "library"))
		act = dlsym(dlopen(argv[2], RTLD_NOW), "from_library");
	puts("ready");
	fflush(stdout);
	while (act && fgets(line, sizeof(line), stdin)) {
		for (int i = atoi(line); i > 0; i--)
			if (!strcmp(way, "circle"))
				in_a_circle();
			else if (!strcmp(way, "nowhere"))
				lie(0x1000, 0x1008);
			else if (!strcmp(way, "kernel"))
				lie(0xffff888000001000, 0xffffffff81000000);
			else if (!strcmp(way, "odd"))
				lie(0x7fffffffeff9, 3);
			else
				act();
		puts("done");
		fflush(stdout);
	}
	return !act;
}
"""

LIBRARY = r"""
#include <fcntl.h>
int from_library(void);
__attribute__((noinline)) int from_library(void)
{
	int fd = open("/dev/null", O_RDONLY);
	return fd;
}
"""


# The program $1 in folder $0, which is a /tmp of its own.
CONTAIN = """
mount -t tmpfs own "$0" && cp "$1" "$0" && mount --bind "$0" /tmp && exec "/tmp/${1##*/}" "$2"
"""


def end_of_segments(file):
    """Of an ELF file, the end of what its process needs."""
    head = file.read(64)
    at, size, count = (int.from_bytes(head[a:b], "little") for a, b in
                       ((32, 40), (54, 56), (56, 58)))
    ends = []
    for i in range(count):
        file.seek(at + i * size)
        entry = file.read(size)
        if int.from_bytes(entry[:4], "little") == PT_LOAD:
            ends.append(int.from_bytes(entry[8:16], "little") +
                        int.from_bytes(entry[32:40], "little"))
    return max(ends)


def children_of(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Hostile(Traced):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if platform.machine() != "x86_64":
            return
        for name, text, options in (("liar", C, ("-w", "-ldl")), ("library.so", LIBRARY,
                                                                 ("-fPIC", "-shared"))):
            source = cls.daemon.folder / f"{name}.c"
            source.write_text(text)
            subprocess.run(["gcc", "-g", "-O1", "-o", cls.daemon.folder / name, source, *options],
                           check=True)

    def setUp(self):
        if platform.machine() != "x86_64":
            self.skipTest("it lies in x86-64's registers")

    def liar(self, way, *more):
        program = self.start([str(self.daemon.folder / "liar"), way, *map(str, more)])
        self.track(program.pid)
        return program

    def functions(self, pid):
        return {f["function"] for s in self.sites(pid)["sites"] for f in s["frames"]}

    def await_all_told(self, program, count):
        """Each has a place, whatever is known of that, and no stack waits for ever."""
        def told():
            answer = self.sites(program.pid)
            return sum(s["live"] for s in answer["sites"]) == count and \
                answer["processes"][0]["pending"] == 0

        harness.wait_for(told, lambda: f"{count} at places; {self.sites(program.pid)}", 30)

    def tearDown(self):
        """Who does not lie is told of as ever."""
        program = self.liar("plainly")
        program.leak(3)
        self.await_top(program.pid, lambda s: s["live"] == 3 and
                       s["frames"][0]["function"] == "open_one", "one who does not lie")

    def test_stacks(self):
        for way in ("circle", "nowhere", "kernel", "odd"):
            with self.subTest(way):
                program = self.liar(way)
                program.leak(20)
                self.await_all_told(program, 20)
                self.assertLessEqual(len(self.sites(program.pid)["sites"]), 2)

    def test_perf_map_of_a_gigabyte(self):
        """Its end is read, where the newest names are."""
        program = self.liar("jit")
        names = Path(f"/tmp/perf-{program.pid}.map")
        self.addCleanup(names.unlink)
        self.assertGreater(names.stat().st_size, 1 << 30)
        program.leak(5)
        harness.wait_for(lambda: "made at run time" in self.functions(program.pid),
                         lambda: f"the name; {self.sites(program.pid)}", 30)

    def test_perf_map_of_a_container(self):
        """It has another /tmp, and another number there."""
        own = self.daemon.folder / "own"
        own.mkdir()
        program = self.start(["unshare", "--pid", "--fork", "--kill-child", "--mount", "sh", "-c",
                              CONTAIN, own, self.daemon.folder / "liar", "jit"])
        (pid,) = children_of(program.pid)
        self.track(pid)
        program.leak(5)
        harness.wait_for(lambda: "made at run time" in self.functions(pid),
                         lambda: f"the name; {self.sites(pid)}", 30)
        self.assertFalse(Path(f"/tmp/perf-{pid}.map").exists())

    def test_broken_files(self):
        """A library of which is left what it runs by alone; one whose tables lie."""
        def cut(file):
            file.truncate(end_of_segments(file) + 1)

        def overwritten(file):
            file.seek(32)  # where the tables of segments and sections lie, and how long they are
            file.write(b"\xff" * 2000)

        def endless(file):
            file.truncate(1 << 40)
            file.seek(40)  # where the table of sections is
            file.write((1 << 39).to_bytes(8, "little"))

        for damage in (cut, overwritten, endless):
            with self.subTest(damage.__name__):
                path = self.daemon.folder / f"{damage.__name__}.so"
                shutil.copyfile(self.daemon.folder / "library.so", path)
                program = self.start([str(self.daemon.folder / "liar"), "library", str(path)])
                program.leak(1)  # its pages are in memory
                with path.open("r+b") as file:
                    damage(file)
                self.track(program.pid)
                program.leak(5)
                self.await_all_told(program, 5)
                frames = self.sites(program.pid)["sites"][0]["frames"]
                self.assertIn(str(path), [f["module"] for f in frames])

    def resolver(self):
        """The process id of the daemon's child that reads other programs' files."""
        (pid,) = children_of(self.daemon.pid)
        return pid

    def test_a_resolver_that_dies(self):
        """That costs one answer and a line in the log."""
        first = self.liar("plainly")
        first.leak(1)
        self.await_all_told(first, 1)
        pid = self.resolver()
        os.kill(pid, signal.SIGSTOP)
        first.leak(50)  # a place that is known asks nobody
        self.await_top(first.pid, lambda s: s["live"] == 51 and s["frames"], "fifty more")
        self.assertNotIn(ENDED, self.daemon.log())
        program = self.liar("circle")
        program.leak(1)
        harness.wait_for(lambda: self.sites(program.pid)["processes"][0]["pending"], "a question")
        with contextlib.suppress(ProcessLookupError):  # the daemon may be tired of it already
            os.kill(pid, signal.SIGKILL)
        harness.wait_for(lambda: ENDED in self.daemon.log(), self.daemon.log)
        self.await_all_told(program, 1)
        self.assertNotEqual(self.resolver(), pid)
        self.assertEqual(self.daemon.log().count(ENDED), 1)


if __name__ == "__main__":
    harness.main()
