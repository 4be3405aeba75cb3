// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>

#include "model/series.h"

static void save_row(const struct series_row *row, struct bytes_out *out)
{
	BYTES_PUT(out, row->n);
	BYTES_PUT(out, row->near_swing);
	BYTES_PUT(out, row->far_swing);
	BYTES_PUT(out, row->ceiling);
	BYTES_PUT(out, row->surge);
	BYTES_PUT(out, row->surge_most);
	bytes_put(out, row->index, row->n * sizeof(row->index[0]));
	bytes_put(out, row->low, row->n * sizeof(row->low[0]));
	bytes_put(out, row->high, row->n * sizeof(row->high[0]));
	bytes_put(out, row->crest, row->n * sizeof(row->crest[0]));
}

static bool is_swing(float swing)
{
	return isfinite(swing) && swing >= 0 && swing <= (float)UINT32_MAX;
}

static bool restore_row(struct series_row *row, struct bytes_in *in, uint32_t newest)
{
	BYTES_GET(in, row->n);
	BYTES_GET(in, row->near_swing);
	BYTES_GET(in, row->far_swing);
	BYTES_GET(in, row->ceiling);
	BYTES_GET(in, row->surge);
	BYTES_GET(in, row->surge_most);
	if (!row->n || row->n > SERIES_ROW || !is_swing(row->near_swing) ||
	    !is_swing(row->far_swing) || !is_swing(row->ceiling) || !is_swing(row->surge) ||
	    !is_swing(row->surge_most))
		return false;
	bytes_get(in, row->index, row->n * sizeof(row->index[0]));
	bytes_get(in, row->low, row->n * sizeof(row->low[0]));
	bytes_get(in, row->high, row->n * sizeof(row->high[0]));
	bytes_get(in, row->crest, row->n * sizeof(row->crest[0]));
	for (uint32_t i = 0; i < row->n; i++) {
		if (row->low[i] > row->high[i] || row->crest[i] > row->high[i] ||
		    (i && row->index[i] <= row->index[i - 1]))
			return false;
	}
	return !in->failed && row->index[row->n - 1] == newest;
}

void series_save(const struct series *s, struct bytes_out *out)
{
	uint8_t moving = s->pyramid != NULL;

	BYTES_PUT(out, s->first);
	BYTES_PUT(out, s->last);
	BYTES_PUT(out, s->previous);
	BYTES_PUT(out, s->live);
	BYTES_PUT(out, s->low);
	BYTES_PUT(out, s->high);
	BYTES_PUT(out, s->quiet_shift);
	BYTES_PUT(out, moving);
	if (!moving) {
		save_row(s->quiet, out);
		return;
	}
	BYTES_PUT(out, s->pyramid->reach);
	for (unsigned int level = 0; level < SERIES_LEVELS; level++)
		save_row(&s->pyramid->rows[level], out);
}

static bool restore_rows(struct series *s, struct bytes_in *in)
{
	uint64_t second = s->last / series_width(0);
	uint8_t moving;

	BYTES_GET(in, moving);
	if (in->failed || second > UINT32_MAX)
		return false;
	if (!moving) {
		s->quiet = calloc(1, sizeof(*s->quiet));
		return s->quiet && restore_row(s->quiet, in, (uint32_t)(second >> s->quiet_shift));
	}
	s->pyramid = calloc(1, sizeof(*s->pyramid));
	if (!s->pyramid)
		return false;
	BYTES_GET(in, s->pyramid->reach);
	for (unsigned int level = 0; level < SERIES_LEVELS; level++) {
		if (!isfinite(s->pyramid->reach[level]))
			return false;
		if (!restore_row(&s->pyramid->rows[level], in, (uint32_t)(second >> level)))
			return false;
	}
	return true;
}

bool series_restore(struct series *s, struct bytes_in *in)
{
	*s = (struct series){};
	BYTES_GET(in, s->first);
	BYTES_GET(in, s->last);
	BYTES_GET(in, s->previous);
	BYTES_GET(in, s->live);
	BYTES_GET(in, s->low);
	BYTES_GET(in, s->high);
	BYTES_GET(in, s->quiet_shift);
	if (!in->failed && s->first <= s->previous && s->previous <= s->last && s->low <= s->live &&
	    s->live <= s->high && s->quiet_shift < 32 && restore_rows(s, in))
		return true;
	series_free(s);
	return false;
}
