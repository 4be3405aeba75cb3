// SPDX-License-Identifier: BSD-2-Clause
#include "model/series.h"

/* Puts a row's buckets that begin before `until` in front of the points that are there. */
static size_t add_row(const struct series_row *row, uint64_t width, uint64_t until,
		      struct series_point *points, size_t room)
{
	size_t count = 0;

	for (uint32_t i = row->n; i-- > 0 && count < room;) {
		if ((row->index[i] + 1) * width > until)
			continue; /* the finer row before it has that time */
		points[room - ++count] = (struct series_point){
			.from = row->index[i] * width,
			.until = (row->index[i] + 1) * width,
			.low = row->low[i],
			.high = row->high[i],
		};
	}
	return count;
}

size_t series_points(const struct series *s, struct series_point points[SERIES_POINTS_MAX])
{
	size_t count = 0;
	uint64_t until = UINT64_MAX;

	if (!s->pyramid && s->quiet)
		count = add_row(s->quiet, 1000000ULL << s->quiet_shift, until, points,
				SERIES_POINTS_MAX);
	for (unsigned int level = 0; s->pyramid && level < SERIES_LEVELS; level++) {
		const struct series_row *row = &s->pyramid->rows[level];

		count +=
			add_row(row, series_width(level), until, points, SERIES_POINTS_MAX - count);
		if (count)
			until = points[SERIES_POINTS_MAX - count].from;
	}
	for (size_t i = 0; i < count; i++)
		points[i] = points[SERIES_POINTS_MAX - count + i];
	return count;
}
