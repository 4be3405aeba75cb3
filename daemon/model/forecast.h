/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a process will run out of descriptors, and how worried to be: fed with its count at each
 * poll, live and in a backtest alike. Times are microseconds on a clock that rises; where each
 * process has an origin of its own (its start), not all do their longer work in the same poll.
 */
#ifndef FDWATCH_MODEL_FORECAST_H
#define FDWATCH_MODEL_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/alarm.h"
#include "model/process.h"
#include "model/series.h"

struct forecast;

/* Seconds from the last sample to the limit; NAN: unknown, INFINITY: not in sight. */
struct forecast_eta {
	double eta;
	double low, high; /* four times of five it lies between */
};

/*
 * One look at a process. Where `t` is its age and the totals are of its whole life, a daemon that
 * comes late, or without the history it had, still knows how fast it has grown so far.
 */
struct forecast_sample {
	uint64_t t;
	uint32_t live;
	uint64_t limit; /* LIMIT_INFINITY: none */
	uint64_t opened, closed;
	bool totals_known; /* opened and closed are */
};

/* NULL without memory. The caller's, to be freed. */
struct forecast *forecast_new(void);
void forecast_free(struct forecast *forecast);

/* Takes a sample; `thresholds` NULL: fdwatch's own rule. Returns 0 or -ENOMEM. */
int forecast_add(struct forecast *forecast, const struct forecast_sample *sample,
		 const struct alarm_thresholds *thresholds);

/* After the last sample. */
enum process_state forecast_state(const struct forecast *forecast);
struct forecast_eta forecast_eta(const struct forecast *forecast);
double forecast_growth(const struct forecast *forecast); /* descriptors a second; NAN: unknown */

/* What it knows of the past, see series_points(). */
size_t forecast_points(const struct forecast *forecast,
		       struct series_point points[SERIES_POINTS_MAX]);

/*
 * Its history and alarm as bytes, so that another daemon goes on where this one was killed. Times
 * in it count as long as the clock does: the caller drops it after a reboot. Returns the bytes
 * written; 0 where there is nothing to keep or `size` is too small.
 */
#define FORECAST_SAVED_MAX 12288
size_t forecast_save(const struct forecast *forecast, void *buffer, size_t size);

/* NULL where the bytes are not what forecast_save wrote, or without memory. The caller's. */
struct forecast *forecast_restore(const void *bytes, size_t size);

/* Bytes it takes. */
size_t forecast_bytes(const struct forecast *forecast);

#endif
