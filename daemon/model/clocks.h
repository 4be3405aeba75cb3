/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the clocks did between two looks: the wall clock may be set, and the host may sleep, when
 * the time since boot goes on and no process does.
 */
#ifndef FDWATCH_MODEL_CLOCKS_H
#define FDWATCH_MODEL_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* All clocks at one moment, in microseconds. */
struct clocks_reading {
	uint64_t boot;  /* CLOCK_BOOTTIME, read first */
	uint64_t real;  /* CLOCK_REALTIME */
	uint64_t awake; /* CLOCK_MONOTONIC */
	uint64_t after; /* CLOCK_BOOTTIME, read last: where it was long between, nothing is known */
};

/* All zero before the first look. */
struct clocks {
	bool looked;
	int64_t wall;    /* real less boot */
	uint64_t asleep; /* since boot */
	/* By the last look: */
	int64_t stepped; /* microseconds that the wall clock was set by; 0: it was not */
	uint64_t slept;  /* microseconds that the host has slept before it */
};

/* What is below a second is the clocks' own drift: it is made up for when it has become one. */
void clocks_look(struct clocks *clocks, const struct clocks_reading *now);

#endif
