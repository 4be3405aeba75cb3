// SPDX-License-Identifier: BSD-2-Clause
#include "model/shape.h"

#include <math.h>

const struct shape shapes[SHAPES] = {
	{POWER, 1, 1},        {POWER, 0.6F, 0.3F},   {POWER, 1.5F, 0.3F},   {POWER, 2.2F, 0.3F},
	{FASTER, 2, 0.3F},    {FASTER, 3.5F, 0.3F},  {FASTER, 5.5F, 0.3F},  {SLOWER, 2, 0.2F},
	{SLOWER, 5, 0.2F},    {STOPPED, 0.9F, 0.2F}, {STOPPED, 0.7F, 0.2F}, {STOPPED, 0.5F, 0.2F},
	{CREST, 0.45F, 0.2F}, {CREST, 0.6F, 0.2F},   {CREST, 0.75F, 0.2F},  {CREST, 0.9F, 0.2F},
};

static struct shape_heights heights;

/* The rise of a load to its crest: slow, fast, slow (a half wave). */
static float cresting(float u)
{
	return (1 - cosf((float)M_PI * u)) / 2;
}

static float height(const struct shape *s, float u)
{
	switch (s->bend) {
	case POWER:
		return powf(u, s->by);
	case FASTER:
		return expm1f(s->by * u) / expm1f(s->by);
	case SLOWER:
		return expm1f(-s->by * u) / expm1f(-s->by);
	case CREST:
		return cresting(s->by * u) / cresting(s->by);
	case STOPPED:
		break;
	}
	return fminf(1, u / s->by);
}

float shape_reach(size_t shape, float z)
{
	const struct shape *s = &shapes[shape];
	float rest;

	switch (s->bend) {
	case POWER:
		return powf(z, 1 / s->by);
	case FASTER:
		return log1pf(z * expm1f(s->by)) / s->by;
	case SLOWER:
		rest = z * expm1f(-s->by);
		return rest <= -1 ? INFINITY : -log1pf(rest) / s->by;
	case CREST:
		rest = 1 - 2 * z * cresting(s->by);
		return rest < -1 ? INFINITY : acosf(rest) / ((float)M_PI * s->by);
	case STOPPED:
		break;
	}
	return INFINITY;
}

const struct shape_heights *shape_heights(void)
{
	if (heights.at[SHAPE_STEPS][0] > 0)
		return &heights;
	for (size_t s = 0; s < SHAPES; s++) {
		for (int i = 0; i <= SHAPE_STEPS; i++)
			heights.at[i][s] = height(&shapes[s], (float)i / SHAPE_STEPS);
		heights.at[SHAPE_STEPS + 1][s] = heights.at[SHAPE_STEPS][s];
	}
	return &heights;
}

float shape_height(size_t shape, float u)
{
	const struct shape_heights *h = shape_heights();
	float at = u * SHAPE_STEPS;
	int i = at >= SHAPE_STEPS ? SHAPE_STEPS : (int)at;
	float part = at - (float)i;

	return h->at[i][shape] + part * (h->at[i + 1][shape] - h->at[i][shape]);
}
