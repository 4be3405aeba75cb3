// SPDX-License-Identifier: BSD-2-Clause
#include "model/peaks.h"

#include <math.h>
#include <string.h>

#define WIDE 4 /* buckets, the highest of which is a top */
#define BUCKETS_LEAST 10
#define RECORD 0.93F      /* of the highest before: the newest top is a record, or nearly */
#define HEIGHT_LEAST 0.2F /* of the room */
#define UP 0.7F           /* of the highest so far: it has come up */
#define BACK 0.35F        /* of it: it has gone back */
#define LOW 0.25F         /* of the newest: what is lower is noise beside it */
#define RETURNS_LEAST 4
#define RETURNS_LATE 2 /* in the later half: floors stay to the end */

static float highest(const struct series_row *row, uint32_t from, uint32_t until)
{
	uint32_t top = 0;

	for (uint32_t i = from; i < until; i++)
		top = row->high[i] > top ? row->high[i] : top;
	return (float)top;
}

/* Whether it came back from about its highest so far, again and again and to the end. */
static bool keeps_returning(const struct series_row *row, uint32_t from, float low, float least)
{
	uint32_t returns = 0, late = 0, half = (from + row->n) / 2;
	float height = 0;
	bool up = false;

	for (uint32_t i = from; i < row->n; i++) {
		float top = (float)row->high[i] - low;

		height = fmaxf(height, top);
		up |= top >= UP * height;
		if (!up || height < least || (float)row->low[i] - low > BACK * height)
			continue;
		returns++;
		late += i >= half;
		up = false;
	}
	return returns >= RETURNS_LEAST && late >= RETURNS_LATE;
}

bool peaks_grow(const struct series_row *row, uint32_t from, float limit)
{
	uint32_t newest = row->n - WIDE;
	float low, height;

	if (row->n - from < BUCKETS_LEAST)
		return false;
	low = (float)series_floor(row, from, row->n);
	height = highest(row, newest, row->n) - low;
	return height >= RECORD * (highest(row, from, newest) - low) &&
	       height > HEIGHT_LEAST * (limit - low) &&
	       keeps_returning(row, from, low, LOW * height);
}

void peaks_window(struct trend_window *w, const struct series_row *row, uint32_t from)
{
	w->n = 0;
	for (uint32_t i = from + WIDE - 1; i < row->n; i++) {
		float end = (float)(row->index[i] - row->index[from]) + 1;

		w->at[w->n] = fminf(end, w->now);
		w->low[w->n++] = highest(row, i + 1 - WIDE, i + 1);
	}
	w->tops = w->n;
	memcpy(w->top_at, w->at, w->n * sizeof(w->at[0]));
	memcpy(w->top, w->low, w->n * sizeof(w->low[0]));
}
