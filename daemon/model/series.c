/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000ULL
#define NEAR 4
#define FAR 16
#define SURGES_FROM 3 /* the level of 8 s: briefer surges come and go within a bucket */
#define FADE 0.998F   /* a bucket: swings of the last 350 buckets count by half or more */

uint64_t series_width(unsigned int level)
{
	return SECOND << level;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t greatest(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t series_floor(const struct series_row *row, uint32_t from, uint32_t until)
{
	uint32_t low = UINT32_MAX;

	for (uint32_t i = from; i < until; i++)
		low = least(low, row->low[i]);
	return low;
}

/* Forgets by half within 350 buckets, and not within a day. */
static float fade_of(unsigned int level)
{
	return level < 8 ? 1 - (1 - FADE) * (float)(1 << level) / 256 : FADE;
}

struct bucket {
	uint32_t index, low, high, crest;
};

/* How far floors came down after bucket i, over the `reach` buckets behind it. */
static float fall(const struct series_row *row, uint32_t i, uint32_t reach)
{
	uint32_t low = series_floor(row, i + 1, i + 1 + reach);

	return row->crest[i] > low ? (float)(row->crest[i] - low) : 0;
}

static void note_swings(struct series_row *row, float fade)
{
	float near = 0, far = 0, crest = 0;

	if (row->n > NEAR)
		near = fall(row, row->n - 1 - NEAR, NEAR);
	if (row->n > FAR)
		far = fall(row, row->n - 1 - FAR, FAR);
	if (far > 0 && far * 2 > row->far_swing)
		crest = (float)row->crest[row->n - 1 - FAR];
	row->near_swing = near > row->near_swing ? near : row->near_swing * fade;
	row->far_swing = far > row->far_swing ? far : row->far_swing * fade;
	row->ceiling = crest > row->ceiling ? crest : row->ceiling * fade;
}

/* What is below most of the time around bucket i; 0 where i is no peak or it did not come back. */
static float height_of_peak(const struct series_row *row, uint32_t i)
{
	uint32_t before = UINT32_MAX, after = UINT32_MAX;
	float sum = 0, base;

	for (uint32_t j = i - FAR; j < i; j++) {
		if (row->high[j] >= row->high[i])
			return 0;
		before = least(before, row->low[j]);
		sum += (float)row->low[j];
	}
	for (uint32_t j = i + 1; j <= i + FAR; j++) {
		if (row->high[j] > row->high[i])
			return 0;
		after = least(after, row->low[j]);
		sum += (float)row->low[j];
	}
	base = sum / (2 * FAR);
	if (base < (float)greatest(before, after))
		base = (float)greatest(before, after);
	return (float)row->high[i] > base ? (float)row->high[i] - base : 0;
}

/* Usual is what came at least twice: one load test says nothing of the next day. */
static void note_surge(struct series_row *row, float fade)
{
	float height = row->n > 2 * FAR ? height_of_peak(row, row->n - 1 - FAR) : 0;
	float again = height < row->surge_most ? height : row->surge_most;

	row->surge = again > row->surge ? again : row->surge * fade;
	row->surge_most = height > row->surge_most ? height : row->surge_most * fade;
}

static float reach_of(const struct series_row *row)
{
	if (row->surge < 1 || row->n <= FAR)
		return 0;
	return (float)series_floor(row, row->n - 1 - FAR, row->n) + row->surge;
}

bool series_surges_to(const struct series *s, float limit)
{
	if (!s->pyramid)
		return false;
	for (unsigned int level = SURGES_FROM; level < SERIES_LEVELS; level++) {
		/* the newest bucket may be lower by now */
		if (s->pyramid->reach[level] >= limit &&
		    reach_of(&s->pyramid->rows[level]) >= limit)
			return true;
	}
	return false;
}

static void push(struct series_row *row, const struct bucket *b)
{
	if (row->n == SERIES_ROW) {
		size_t rest = (SERIES_ROW - 1) * sizeof(row->index[0]);

		memmove(row->index, row->index + 1, rest);
		memmove(row->low, row->low + 1, rest);
		memmove(row->high, row->high + 1, rest);
		memmove(row->crest, row->crest + 1, rest);
		row->n--;
	}
	row->index[row->n] = b->index;
	row->low[row->n] = b->low;
	row->high[row->n] = b->high;
	row->crest[row->n++] = b->crest;
}

/* The quiet row is full: buckets of twice the width, half as many. */
static void halve(struct series *s)
{
	struct series_row half = {};

	for (uint32_t i = 0; i < s->quiet->n; i++) {
		struct bucket b = {s->quiet->index[i] / 2, s->quiet->low[i], s->quiet->high[i],
				   s->quiet->low[i]};
		uint32_t last = half.n - 1;

		if (half.n && half.index[last] == b.index) {
			half.low[last] = least(half.low[last], b.low);
			half.high[last] = greatest(half.high[last], b.high);
		} else {
			push(&half, &b);
		}
	}
	*s->quiet = half;
	s->quiet_shift++;
}

static void add_quiet(struct series *s, uint64_t t, uint32_t live)
{
	struct series_row *row = s->quiet;
	uint32_t index = (uint32_t)((t / SECOND) >> s->quiet_shift);

	if (row->n && row->index[row->n - 1] == index) {
		row->low[row->n - 1] = least(row->low[row->n - 1], live);
		row->high[row->n - 1] = greatest(row->high[row->n - 1], live);
		return;
	}
	if (row->n == SERIES_ROW) {
		halve(s);
		add_quiet(s, t, live);
		return;
	}
	push(row, &(struct bucket){index, live, live, live});
}

/* What the quiet row says about a bucket of a level, or false where nobody was watching. */
static bool recall(const struct series *s, unsigned int level, uint32_t index, struct bucket *b)
{
	const struct series_row *row = s->quiet;
	uint64_t begin = (uint64_t)index << level;
	uint64_t end = begin + (1ULL << level);
	bool found = false;

	*b = (struct bucket){.index = index, .low = UINT32_MAX};
	for (uint32_t i = 0; i < row->n; i++) {
		uint64_t from = (uint64_t)row->index[i] << s->quiet_shift;

		if (from >= end || from + (1ULL << s->quiet_shift) <= begin)
			continue;
		b->low = least(b->low, row->low[i]);
		b->high = greatest(b->high, row->high[i]);
		b->crest = b->low;
		found = true;
	}
	return found && end * SECOND > s->first;
}

/* It moves: from here on a pyramid, filled with the quiet life until now. */
static int wake(struct series *s)
{
	s->pyramid = calloc(1, sizeof(*s->pyramid));
	if (!s->pyramid)
		return -ENOMEM;
	for (unsigned int level = 0; level < SERIES_LEVELS; level++) {
		uint32_t now = (uint32_t)(s->last / series_width(level));

		for (uint32_t back = SERIES_ROW; back-- > 0;) {
			struct bucket b;

			if (back > now || !recall(s, level, now - back, &b))
				continue;
			if (!back && level)
				b.crest = 0; /* known when its halves close */
			push(&s->pyramid->rows[level], &b);
		}
	}
	free(s->quiet);
	s->quiet = NULL;
	return 0;
}

/* The newest bucket is closed: what its floor was, the wider row keeps. */
static void close_half(struct series_pyramid *pyramid, unsigned int level)
{
	struct series_row *row = &pyramid->rows[level];
	struct series_row *wider = row + 1;

	note_swings(row, fade_of(level));
	if (level >= SURGES_FROM) {
		note_surge(row, fade_of(level));
		pyramid->reach[level] = reach_of(row);
	}
	if (level + 1 < SERIES_LEVELS && wider->n)
		wider->crest[wider->n - 1] =
			greatest(wider->crest[wider->n - 1], row->low[row->n - 1]);
}

/* Each row's newest bucket holds all that narrower ones hold of its time. */
static int add_moving(struct series *s, uint64_t t, uint32_t live)
{
	uint32_t index = (uint32_t)(t / SECOND);
	int moved = 0;

	for (unsigned int level = 0; level < SERIES_LEVELS; level++, index /= 2) {
		struct series_row *row = &s->pyramid->rows[level];
		uint32_t i = row->n - 1;

		if (row->n && row->index[i] == index) {
			if (live >= row->low[i] && live <= row->high[i])
				break;
			row->low[i] = least(row->low[i], live);
			row->high[i] = greatest(row->high[i], live);
			continue;
		}
		if (row->n)
			close_half(s->pyramid, level);
		push(row, &(struct bucket){index, live, live, level ? 0 : live});
		moved |= 1 << level;
	}
	return moved;
}

int series_add(struct series *s, uint64_t t, uint32_t live, uint32_t band)
{
	if (!s->quiet && !s->pyramid) {
		s->quiet = calloc(1, sizeof(*s->quiet));
		if (!s->quiet)
			return -ENOMEM;
		s->first = s->last = t;
		s->low = s->high = live;
	}
	s->low = least(s->low, live);
	s->high = greatest(s->high, live);
	if (!s->pyramid && s->high - s->low > band && wake(s) < 0)
		return -ENOMEM;
	s->previous = s->last;
	s->last = t;
	s->live = live;
	if (s->pyramid)
		return add_moving(s, t, live);
	add_quiet(s, t, live);
	return 0;
}

void series_free(struct series *s)
{
	free(s->quiet);
	free(s->pyramid);
	*s = (struct series){};
}
