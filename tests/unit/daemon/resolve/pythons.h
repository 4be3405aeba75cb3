/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPythons to test with: those in PATH, and those named in FDWATCH_PYTHONS, split by colons. */
#ifndef TESTS_UNIT_DAEMON_RESOLVE_PYTHONS_H
#define TESTS_UNIT_DAEMON_RESOLVE_PYTHONS_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PYTHONS_MAX 16

struct pythons {
	size_t count;
	char commands[PYTHONS_MAX][PATH_MAX];
};

/* What `command` is really, if it runs: shims and wrappers tell sys.executable. */
static inline void pythons_add(struct pythons *p, const char *command)
{
	char line[PATH_MAX + 128], real[PATH_MAX] = "";
	FILE *pipe;

	snprintf(line, sizeof(line),
		 "%s -c 'import sys; sys.implementation.name == \"cpython\" and "
		 "print(sys.executable)' 2>/dev/null",
		 command);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	if (!fgets(real, sizeof(real), pipe))
		real[0] = '\0';
	if (pclose(pipe) || !real[0] || p->count == PYTHONS_MAX)
		return;
	real[strcspn(real, "\n")] = '\0';
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->commands[i], real))
			return;
	snprintf(p->commands[p->count++], PATH_MAX, "%s", real);
}

static inline void pythons_find(struct pythons *p)
{
	const char *more = getenv("FDWATCH_PYTHONS");
	char name[32], list[8192], *next = list, *command;

	p->count = 0;
	pythons_add(p, "/usr/bin/python3");
	pythons_add(p, "python3");
	for (int minor = 8; minor <= 14; minor++) {
		snprintf(name, sizeof(name), "python3.%d", minor);
		pythons_add(p, name);
	}
	snprintf(list, sizeof(list), "%s", more ? more : "");
	while ((command = strsep(&next, ":")))
		if (*command && p->count < PYTHONS_MAX)
			snprintf(p->commands[p->count++], PATH_MAX, "%s", command);
	assert_true(p->count > 0);
}

#endif
