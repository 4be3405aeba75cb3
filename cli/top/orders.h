/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who was to be tracked, or no more, by the keys of the last seconds: the daemon's lists say so
 * only from its next poll on, and a key pressed again until then must mean the other thing.
 */
#ifndef FDWATCH_TOP_ORDERS_H
#define FDWATCH_TOP_ORDERS_H

#include "top/rows.h"

#define ORDERS_KEPT 16

struct orders {
	struct {
		int32_t pid;
		bool track;
		double until; /* seconds; believed no longer */
	} list[ORDERS_KEPT];
	size_t count;
};

/* Of more than are kept the earliest is forgotten. */
void orders_add(struct orders *orders, int32_t pid, bool track, double now);

/* It was not done. */
void orders_drop(struct orders *orders, int32_t pid);

/* The rows as they will be, as long as lists may be of before. */
void orders_apply(struct orders *orders, struct rows *rows, double now);

#endif
