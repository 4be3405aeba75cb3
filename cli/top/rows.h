/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the list shows: processes, groups of them or call sites, as one poll found them. Thousands
 * come each second, so all strings stand in one text and a history is kept only of what has moved.
 */
#ifndef FDWATCH_TOP_ROWS_H
#define FDWATCH_TOP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define ROWS_PAST 60 /* looks that a history goes back */
#define ROWS_UNKNOWN UINT64_MAX

/* In the order of urgency. */
enum state {
	STATE_OK,
	STATE_GROWING,
	STATE_WARNING,
	STATE_CRITICAL,
	STATE_EXHAUSTED,
	STATE_COUNT,
};

/* Counts at the last looks, one a poll, the latest last. */
struct past {
	uint32_t count;
	uint32_t values[ROWS_PAST];
};

/* Strings are offsets (rows_string()), 0 is none. NAN and ROWS_UNKNOWN are unknown. */
struct row {
	uint64_t id;         /* of a process its pid, else a hash of what it is called */
	uint64_t start_time; /* of a process, microseconds since boot; tells a reused pid */
	uint64_t limit;      /* ROWS_UNKNOWN: none */
	uint64_t opened, closed, refused;
	double growth; /* a second */
	double eta, eta_low, eta_high;
	double oldest, median; /* ages in seconds, of call sites */
	double usage;
	float open_rate, close_rate;
	uint32_t fds, peak, uid, members; /* members: processes of a group */
	int32_t pid, parent;              /* of a group the pid of its worst process */
	uint32_t comm, user, unit, container, kind, place;
	uint16_t looks; /* that found it, this one left out; at most ROWS_PAST */
	enum state state;
	bool tracked;
	struct past *past; /* NULL: it has always been `fds` */
};

/* All zero is an empty one. */
struct rows {
	double polled; /* seconds since boot */
	struct row *list;
	size_t count;
	size_t capacity;
	struct text strings;
};

void rows_free(struct rows *rows);

/* NULL without memory, which is then remembered in strings.failed; good until the next. */
struct row *rows_add(struct rows *rows);

/* Keeps a string, any bytes; returns its offset. */
uint32_t rows_keep(struct rows *rows, const char *bytes, size_t length);

/* NUL-terminated; "" for none. */
const char *rows_string(const struct rows *rows, uint32_t offset);

/* Sorts by id, as all that follows wants it. */
void rows_sort(struct rows *rows);

/*
 * Goes on from the look before: histories pass over to `now`, and rates are what the totals have
 * grown by since. Of one and the same poll both stay as they were.
 */
void rows_follow(struct rows *now, struct rows *before);

/* The row with this id, NULL where there is none. */
const struct row *rows_find(const struct rows *rows, uint64_t id);

uint64_t rows_hash(const char *bytes, size_t length);

const char *state_name(enum state state);
enum state state_parse(const char *name, size_t length); /* STATE_COUNT: none of them */

static inline void rows_freep(struct rows **rows)
{
	if (*rows)
		rows_free(*rows);
	free(*rows);
	*rows = NULL;
}

#endif
