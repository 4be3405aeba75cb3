// SPDX-License-Identifier: BSD-2-Clause
#include "model/pace.h"

#include <math.h>

#define BUCKETS_LEAST 5 /* since it began */
#define BEGUN 0.03      /* of the growth: before, it had not begun */
#define LASTS_MOST 0.98 /* of a pace's difference from the mean, in the next bucket */
#define FARTHEST 1e6    /* buckets */
#define HALVINGS 20

/* Floors never to be come back to, from a bucket on, and how much they rose a bucket. */
struct growth {
	const struct series_row *row;
	unsigned int level;
	uint32_t from;
	double now; /* the newest floor */
	double mean, newest;
	double lasts; /* the part of a pace's difference from the mean that the next one has */
};

/* The newest bucket has just begun: its floor is that of the one before, unless it is lower. */
static double floor_now(const struct series_row *row)
{
	return series_floor(row, row->n - 2, row->n);
}

/* The floor of the whole life; the finest row that holds it knows. */
static double base_of(const struct series *s)
{
	const struct series_row *row = s->pyramid->rows;

	while (row->n == SERIES_ROW && row < &s->pyramid->rows[SERIES_LEVELS - 1])
		row++;
	return series_floor(row, 0, row->n);
}

/* The finest row that saw it begin, and from where on. */
static bool find_begin(const struct series *s, struct growth *g)
{
	double base = base_of(s);

	for (g->level = 0; g->level < SERIES_LEVELS; g->level++) {
		g->row = &s->pyramid->rows[g->level];
		if (g->row->n < BUCKETS_LEAST)
			return false;
		g->now = floor_now(g->row);
		for (g->from = g->row->n; g->from-- > 0;) {
			if (g->row->low[g->from] <= base + BEGUN * (g->now - base))
				return g->row->n - g->from >= BUCKETS_LEAST;
		}
	}
	return false;
}

/* False where nothing rose. */
static bool measure(struct growth *g)
{
	const struct series_row *row = g->row;
	double rise[SERIES_ROW] = {}, floor = row->low[row->n - 2], squares = 0, products = 0;
	uint32_t n = 0;

	for (uint32_t i = row->n - 2; i-- > g->from;) { /* the newest first */
		double low = fmin(row->low[i], floor);

		rise[n] = (floor - low) / (double)(row->index[i + 1] - row->index[i]);
		g->mean += rise[n++];
		floor = low;
	}
	g->mean /= n;
	for (uint32_t i = 0; i < n; i++) {
		squares += (rise[i] - g->mean) * (rise[i] - g->mean);
		if (i)
			products += (rise[i] - g->mean) * (rise[i - 1] - g->mean);
	}
	g->newest = rise[0];
	g->lasts = products > 0 ? fmin(products / squares, LASTS_MOST) : 0;
	return g->mean > 0;
}

/* What comes in so many buckets more. */
static double gain(const struct growth *g, double buckets)
{
	double kept = g->lasts * (1 - pow(g->lasts, buckets)) / (1 - g->lasts);

	return g->mean * buckets + (g->newest - g->mean) * kept;
}

double pace_eta(const struct series *s, double limit)
{
	struct growth g = {};
	double near = 0, far = 1;

	if (!find_begin(s, &g) || !measure(&g) || g.now >= limit)
		return INFINITY;
	while (far < FARTHEST && gain(&g, far) < limit - g.now)
		far *= 2;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (near + far) / 2;

		if (gain(&g, middle) < limit - g.now)
			near = middle;
		else
			far = middle;
	}
	return ldexp(far, (int)g.level);
}
