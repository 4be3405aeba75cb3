/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Histories of processes, kept for the daemon that follows a killed one. What grows is written at
 * once and then as seldom as a twentieth of the time that is left, what moves every five minutes,
 * what is quiet every half hour; never more than HISTORIES_BYTES a second of what does not grow.
 */
#ifndef FDWATCH_INCIDENTS_HISTORIES_H
#define FDWATCH_INCIDENTS_HISTORIES_H

#include "model/history.h"
#include "model/table.h"
#include "store/store.h"

/* 11 GB a day at the very most: 10,000 processes that move and do not grow are saved in 16 min. */
#define HISTORIES_BYTES (128U << 10)
#define HISTORIES_GROWING_BYTES (1U << 20)

struct histories;

/*
 * Takes what was found, which may be NULL, and what it knows of programs, which `programs` goes on
 * from. NULL without memory.
 */
struct histories *histories_new(struct store *store, struct store_found *found,
				struct history *programs);
void histories_free(struct histories *histories);

/* A process is new: its forecast goes on where it was, if there is a history of it. */
void histories_recall(struct histories *histories, struct process *process);

/* Every process that lives has been recalled: what is left belongs to none. */
void histories_settle(struct histories *histories);

/* Saves what is due at `now` (microseconds since boot), or everything. */
void histories_save(struct histories *histories, struct table *table, uint64_t now, bool all);

/* A process has ended: its slot is free. */
void histories_forget(struct histories *histories, struct process *process);

#endif
