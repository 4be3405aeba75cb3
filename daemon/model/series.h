/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's history in bounded memory: while it is quiet its whole life in one coarse row (below
 * 1 KiB), once it moves a pyramid of rows from seconds to weeks (below 13 KiB). A bucket holds the
 * least and the greatest count of its time: minima over windows cancel what comes and goes within
 * one. Times are microseconds on any clock that rises.
 */
#ifndef FDWATCH_MODEL_SERIES_H
#define FDWATCH_MODEL_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/bytes.h"

#define SERIES_LEVELS 18 /* 2^17 s: 36 hours a bucket, 60 days in all */
#define SERIES_ROW 40    /* buckets: a bend of a tenth of the row's time is still seen */

/* One row: bucket i is the time [index, index + 1) * width. Rising, the newest is last and open. */
struct series_row {
	uint32_t n;
	float near_swing; /* floors came back down by so much within 4 buckets */
	float far_swing;  /* within 16 */
	float ceiling;    /* the highest floor that came back down */
	float surge;      /* it rose by so much for a while, and more than once */
	float surge_most; /* once */
	uint32_t index[SERIES_ROW];
	uint32_t low[SERIES_ROW];
	uint32_t high[SERIES_ROW];
	uint32_t crest[SERIES_ROW]; /* the higher low of its halves: what lasted */
};

struct series_pyramid {
	float reach[SERIES_LEVELS]; /* from its floor then, a usual surge came to that; 0: none */
	struct series_row rows[SERIES_LEVELS];
};

struct series {
	uint64_t first, last; /* time of the first and the last sample */
	uint64_t previous;    /* of the one before the last: wider rows end there */
	uint32_t live;        /* the last sample */
	uint32_t low, high;   /* of the whole life */
	uint32_t quiet_shift; /* width of the quiet row's buckets: 2^shift seconds */
	struct series_row *quiet;
	struct series_pyramid *pyramid; /* NULL while quiet */
};

/* Microseconds of a bucket of a level. */
uint64_t series_width(unsigned int level);

/* The least count of a row's buckets from one on up to, but not with, another; UINT32_MAX: none. */
uint32_t series_floor(const struct series_row *row, uint32_t from, uint32_t until);

/*
 * Adds a sample; `band` is how far a quiet process may move. Returns a bit for each level where it
 * began a bucket, or -ENOMEM.
 */
int series_add(struct series *series, uint64_t t, uint32_t live, uint32_t band);

/*
 * Whether from where it stands, the floor of as long as its surges take, a surge as it is used to
 * would come to `limit`.
 */
bool series_surges_to(const struct series *series, float limit);

void series_free(struct series *series);

/* What is known of a part of the time: the least and the greatest count then. */
struct series_point {
	uint64_t from, until;
	uint32_t low, high;
};

#define SERIES_POINTS_MAX (SERIES_LEVELS * SERIES_ROW)

/* The whole life as points that do not overlap, the oldest first; returns how many. */
size_t series_points(const struct series *series, struct series_point points[SERIES_POINTS_MAX]);

/* Writes a series that has had a sample. */
void series_save(const struct series *series, struct bytes_out *out);

/* Takes what was saved, or whatever it became since; false where it is none, and nothing is held.
 */
bool series_restore(struct series *series, struct bytes_in *in);

#endif
