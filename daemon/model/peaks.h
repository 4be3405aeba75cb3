/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growth that shows in peaks alone: what comes ever higher and goes back each time (a collector
 * that comes ever more rarely), while floors stay.
 */
#ifndef FDWATCH_MODEL_PEAKS_H
#define FDWATCH_MODEL_PEAKS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/trend.h"

/* Whether tops of the row's buckets from `from` on stand ever higher over where they come from. */
bool peaks_grow(const struct series_row *row, uint32_t from, float limit);

/* Tops of some buckets in a row, each at the end of its time; `now` is the window's already. */
void peaks_window(struct trend_window *window, const struct series_row *row, uint32_t from);

#endif
