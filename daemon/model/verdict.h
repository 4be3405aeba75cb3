/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a place leaks, told from what it left open and when. Times are microseconds since boot.
 *
 * Ages tell it: a leak's are spread evenly over all the time that the place has been seen opening,
 * up to now. A pool or a set of streams was opened early and is left alone: nothing young. Work in
 * progress is closed soon: nothing old. So the time since the place first opened is cut in
 * quarters, and a leak has at least a 16th of its live descriptors in each. Where some are closed
 * as well, the oldest quarter must hold half of an even share after a minute: what is merely long
 * in use thins out with its age.
 *
 * Not called a leak in any case: sockets that listen; accepted connections whose other ends are
 * open in other processes, for they would be closed when those go; fewer than VERDICT_LIVE_MIN, or
 * what has been seen for less than VERDICT_SPAN_MIN.
 */
#ifndef FDWATCH_MODEL_VERDICT_H
#define FDWATCH_MODEL_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#define VERDICT_LIVE_MIN 10
#define VERDICT_SPAN_MIN 10000000ULL  /* 10 s */
#define VERDICT_MIXED_MIN 60000000ULL /* where some are closed */
#define VERDICT_NEVER_CLOSED 50       /* one of so many may be closed by a chance */

enum verdict {
	VERDICT_UNKNOWN, /* too few or too early to tell */
	VERDICT_HOLDS,
	VERDICT_LEAK,
};

struct evidence {
	const uint64_t *times; /* when each of the live ones was opened, rising */
	size_t live;
	size_t listening;   /* of live: sockets that listen */
	size_t held;        /* of live: accepted, and held open by another process */
	uint64_t opened;    /* in all, at least live */
	uint64_t elsewhere; /* of those closed by another thread than opened them */
	uint64_t since;     /* the place was first seen to open */
	uint64_t now;
};

/* *reason: a few words why, static. */
enum verdict verdict_reach(const struct evidence *evidence, const char **reason);

/* "unknown", "holds" or "leak" */
const char *verdict_name(enum verdict verdict);

#endif
