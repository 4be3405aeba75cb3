/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One forecast out of many. Each outlook sees the growth at a resolution of its own, and none is
 * right for all: their mean errs less than the best of them (Bates and Granger 1969), of logarithms
 * since times differ by factors (Genest and Zidek 1986). Where they disagree, the interval is wide.
 */
#ifndef FDWATCH_MODEL_COMBINE_H
#define FDWATCH_MODEL_COMBINE_H

#include "model/outlook.h"

struct forecast_eta;

/* Seconds from the last sample; all INFINITY where hardly any outlook has an end in sight. */
void combine_etas(const struct outlook *outlooks, const struct series *series, float limit,
		  struct forecast_eta *eta);

#endif
