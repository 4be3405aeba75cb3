/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs whose earlier processes ran out of descriptors: told by unit and name, so that the next
 * one is alarmed for earlier and on less evidence. In fixed memory; the one not heard of for
 * longest makes room.
 */
#ifndef FDWATCH_MODEL_HISTORY_H
#define FDWATCH_MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/bytes.h"

struct history;

/* Room for so many programs. NULL without memory. The caller's, to be freed. */
struct history *history_new(size_t most);
void history_free(struct history *history);

/* A process ended; `leaked`: it was refused by its own limit, or warned of until its end. */
void history_add(struct history *history, const char *unit, const char *comm, bool leaked);

/* Rises with each change. */
uint64_t history_changes(const struct history *history);

/* Writes what is remembered, at most HISTORY_SAVED bytes for each program and once. */
#define HISTORY_SAVED 24
void history_save(const struct history *history, struct bytes_out *out);

/* Takes what was saved, in place of all there was, as far as there is room; false where it is none.
 */
bool history_restore(struct history *history, struct bytes_in *in);

/* For struct alarm_thresholds: 1 where nothing is known, up to 2 after leaks. */
double history_sensitivity(const struct history *history, const char *unit, const char *comm);

#endif
