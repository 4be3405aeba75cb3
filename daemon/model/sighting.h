/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells of tracked processes: who they are, and the sites, stacks and code objects
 * by which their descriptors were opened. Times are microseconds since boot.
 */
#ifndef FDWATCH_MODEL_SIGHTING_H
#define FDWATCH_MODEL_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/unwind.h"

#define SIGHTING_NATIVE_MAX 24
#define SIGHTING_PYTHON_MAX 32

/* What tracking a process includes. */
#define TRACK_CHILDREN (1U << 0) /* what it forks is tracked too, with the same flags */
#define TRACK_LEFT (1U << 1)     /* at its exit, each descriptor that it left open is told */

/*
 * A process as tracking knows it. `space` numbers its address space: a forked child shares its
 * parent's (code is at the same addresses), exec makes a new one. What is learnt of code is learnt
 * for a space.
 */
struct tracked {
	uint64_t start_time;
	uint64_t since; /* tracked from then on */
	int32_t pid;
	int32_t parent_pid;
	uint32_t space; /* never 0 */
	uint32_t flags; /* TRACK_* */
	uint32_t peak;  /* most descriptors at once */
	uint32_t lost;  /* at its end: left open, but not told */
	char comm[16];  /* NUL-terminated; any other bytes */
};

/* One Python frame. Its line is found by the code object's line table. */
struct python_frame {
	uint64_t code;       /* struct code_sighting's number; another for a new object there */
	int32_t instruction; /* offset in bytes behind the code's first; -1: not begun */
};

/*
 * A place that descriptors are opened at. `site` is the same for the same frames at the same
 * addresses: in one process, and in what it forks. Frames are innermost first; Python's come beside
 * the native ones, which end at the interpreter's loop where that is known.
 */
struct site_sighting {
	uint64_t site; /* never 0 */
	uint64_t start_time;
	uint64_t time;
	int32_t pid;
	int32_t fd; /* an example; it may be closed by now */
	uint32_t space;
	bool native_cut; /* callers are missing: no rule, or too many */
	bool python_cut; /* … too many, or memory that could not be read */
	uint32_t native_count;
	uint32_t python_count;
	uint64_t
		native[SIGHTING_NATIVE_MAX]; /* the first is where it is, the others return there */
	struct python_frame python[SIGHTING_PYTHON_MAX];
};

/*
 * A stack that the kernel could not unwind for want of a rule. Once it is unwound elsewhere,
 * kernel_learn() makes a site of it; until then its descriptor's site is unknown.
 */
struct stack_slice {
	struct site_sighting seen; /* as far as it was unwound; seen.site is of no use to others */
	struct unwind_registers registers;
	uint64_t missing;  /* the address without a rule */
	const void *stack; /* from registers.sp on; good until the callback returns */
	size_t size;
};

/* A Python code object at its first sight. Texts are UTF-8 as far as the program's own were. */
struct code_sighting {
	uint64_t code; /* never 0; the same in what the process forks */
	uint64_t start_time;
	int32_t pid;
	uint32_t space;
	int32_t first_line;
	uint32_t line_size;
	bool cut; /* the line table is longer than what travelled */
	const char *file;
	const char *name;
	const unsigned char *lines; /* as the version has it: see python_layout.lines */
};

/* How many descriptors a process opened at a site since it is tracked. */
struct site_total {
	uint64_t site; /* 0: sites that are not known, or that there was no room for */
	uint64_t opened;
	uint64_t elsewhere; /* of those closed by another thread than opened them */
	uint64_t last;      /* when the last was opened, or the first told; 0: unknown */
};

#endif
