/* SPDX-License-Identifier: BSD-2-Clause */
/* The live forecast and alarm over a recorded trace. */
#ifndef FDWATCH_BACKTEST_H
#define FDWATCH_BACKTEST_H

#include <stdio.h>

#include "failure.h"
#include "model/alarm.h"

/*
 * By the thresholds that are configured for all. Reads a trace (CSV: t_seconds,live,limit, then
 * opened,closed where they are known, and columns that are ignored) and writes one JSON object a
 * line to `out`: at each change of state, where the forecast moved, and each 60 s of the trace at
 * least. 0, or -errno with the line of the trace that is wrong.
 */
int backtest(const char *path, const struct alarm_thresholds *thresholds, FILE *out,
	     struct failure *failure);

#endif
