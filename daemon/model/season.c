// SPDX-License-Identifier: BSD-2-Clause
#include "model/season.h"

#include <math.h>
#include <string.h>

#define NOTHING 1e-3F /* of a column is left: the others tell it already */

static float product(const float *a, const float *b, uint32_t n)
{
	float sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Orthogonal to the columns so far, and of length 1 (Gram–Schmidt). */
static void add_column(struct season *s, const float *values)
{
	float *column = s->column[s->columns];
	float length;

	season_remove(s, values, column);
	length = sqrtf(product(column, column, s->n));
	if (length < NOTHING * sqrtf((float)s->n))
		return;
	for (uint32_t i = 0; i < s->n; i++)
		column[i] /= length;
	s->columns++;
}

void season_make(struct season *s, const float *at, uint32_t n, float day)
{
	float values[SERIES_ROW];

	s->n = n;
	s->columns = 0;
	for (uint32_t i = 0; i < n; i++)
		values[i] = 1;
	add_column(s, values);
	for (float wave = 1; wave <= 2; wave++) {
		for (uint32_t i = 0; i < n; i++)
			values[i] = sinf(2 * (float)M_PI * wave * at[i] / day);
		add_column(s, values);
		for (uint32_t i = 0; i < n; i++)
			values[i] = cosf(2 * (float)M_PI * wave * at[i] / day);
		add_column(s, values);
	}
}

void season_remove(const struct season *s, const float *values, float *rest)
{
	memcpy(rest, values, s->n * sizeof(rest[0]));
	for (uint32_t k = 0; k < s->columns; k++) {
		float part = product(s->column[k], rest, s->n);

		for (uint32_t i = 0; i < s->n; i++)
			rest[i] -= part * s->column[k][i];
	}
}

void season_waves(const struct season *s, const float *values, float *waves)
{
	float part[SEASON_COLUMNS];

	for (uint32_t k = 1; k < s->columns; k++)
		part[k] = product(s->column[k], values, s->n);
	memset(waves, 0, s->n * sizeof(waves[0]));
	for (uint32_t k = 1; k < s->columns; k++) {

		for (uint32_t i = 0; i < s->n; i++)
			waves[i] += part[k] * s->column[k][i];
	}
}
