/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs whose earlier processes ran out of descriptors: told by unit and name, so that the next
 * one is alarmed for earlier and on less evidence. In fixed memory; the one that had least to say
 * for longest makes room.
 */
#ifndef FDWATCH_MODEL_HISTORY_H
#define FDWATCH_MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

struct history;

/* Room for so many programs. NULL without memory. The caller's, to be freed. */
struct history *history_new(size_t most);
void history_free(struct history *history);

/* A process ended; `leaked`: it was refused by its own limit, or warned of until its end. */
void history_add(struct history *history, const char *unit, const char *comm, bool leaked);

/* For struct alarm_thresholds: 1 where nothing is known, up to 2 after leaks. */
double history_sensitivity(const struct history *history, const char *unit, const char *comm);

#endif
