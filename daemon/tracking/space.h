/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address space that is followed: its sites, and the Python code that was seen in it. Processes
 * share it until they execute another program.
 */
#ifndef FDWATCH_TRACKING_SPACE_H
#define FDWATCH_TRACKING_SPACE_H

#include "model/python_layout.h"
#include "model/sighting.h"
#include "model/site.h"

#define SPACE_CODES_MAX 16384
#define SPACE_CODE_BYTES (16U << 20) /* of line tables */

/* A Python code object; its line table is kept, for more lines are asked of it later. */
struct code;

struct space {
	uint32_t number;
	unsigned references;
	struct site_set *sites;
	int32_t pid; /* the first process in it: of that one files are asked */
	uint64_t start_time;
	bool gone; /* that process has ended, or runs something else */
	bool python;
	bool finding; /* the question for Python is open */
	bool held;    /* it was looked for while the process was held for that */
	uint8_t python_tries;
	enum python_lines lines;
	struct code *codes;
	size_t code_bytes;
};

/* Takes its sites over, also where it returns NULL: without memory, or without them. */
struct space *space_new(const struct tracked *process, struct site_set *sites);
struct space *space_ref(struct space *space);

/* NULL is well. */
void space_unref(struct space *space);

/* Keeps a code object; without memory or beyond the bounds it stays unknown. */
void space_add_code(struct space *space, const struct code_sighting *code);

const struct code *space_find_code(const struct space *space, uint64_t number);

struct code_view {
	const char *file;
	const char *name;
	const void *lines;
	size_t size;
	int32_t first_line;
	bool cut;
};

struct code_view code_view(const struct code *code);

#endif
