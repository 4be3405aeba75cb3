/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one window of history says of the future. Many bent lines (flat, then growing from a hinge
 * on: straight, ever faster, ever slower, or stopped) are fitted to the window's floors; each
 * counts by how well it fits, and all together tell how much time is left.
 */
#ifndef FDWATCH_MODEL_TREND_H
#define FDWATCH_MODEL_TREND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/series.h"

/* Points of a window in units of its buckets' width; counts as floats. */
struct trend_window {
	uint32_t n;
	float at[SERIES_ROW];  /* begin of the time whose floor it is */
	float low[SERIES_ROW]; /* the floor */
	uint32_t tops;
	float top_at[SERIES_ROW]; /* end of the time whose top it is */
	float top[SERIES_ROW];
	float now;
	float limit;
	float lead;       /* a warning comes with so much of the time gone by left */
	float lead_most;  /* a warning comes with so much left at most */
	float final_most; /* a critical one */
	float day;        /* its length, where a day's load is to be taken out; or 0 */
	float nights;     /* growth over so long or longer may stand still by night */
};

struct trend {
	float elapsed;                 /* since the growth began; all in units of the window */
	float eta, eta_low, eta_high;  /* INFINITY: never */
	float warning_in, critical_in; /* when it will be time for one */
	float growth;                  /* descriptors since it began */
	float base;                    /* before */
	float swing;                   /* tops over the floor's line */
	float fit;    /* part of the window's variation that is explained, 0 to 1 */
	float spread; /* in how many parts of its time it grew: 1 a single step, 8 even growth */
	float points; /* of the window since it began */
	float never;  /* how likely it comes to stand before the limit, 0 to 1 */
};

/* False where nothing grows. Takes the season out of the window's floors where it has one. */
bool trend_fit(struct trend_window *window, struct trend *trend);

#endif
