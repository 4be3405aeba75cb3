/* SPDX-License-Identifier: BSD-2-Clause */
/* A failure that a person reads: one line, with what to do next. */
#ifndef FDWATCH_FAILURE_H
#define FDWATCH_FAILURE_H

#define FAILURE_MAX 512

struct failure {
	char text[FAILURE_MAX];
};

/* Writes the line and returns `code` (-errno), for `return fail(…)`. */
__attribute__((format(printf, 3, 4))) int fail(struct failure *failure, int code,
					       const char *format, ...);

#endif
