/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A day's load, taken out of a fit: what a constant and waves of a day and of half a day explain of
 * a window, so that growth is told from the rest. Its columns are orthonormal.
 */
#ifndef FDWATCH_MODEL_SEASON_H
#define FDWATCH_MODEL_SEASON_H

#include <stdint.h>

#include "model/series.h"

#define SEASON_COLUMNS 5

struct season {
	uint32_t n; /* points */
	uint32_t columns;
	float column[SEASON_COLUMNS][SERIES_ROW];
};

/* For points at `at`, where a day is so long. */
void season_make(struct season *season, const float *at, uint32_t n, float day);

/* What the season leaves of values at its points. */
void season_remove(const struct season *season, const float *values, float *rest);

/* What the waves alone are in values: their mean stays out of it. */
void season_waves(const struct season *season, const float *values, float *waves);

#endif
