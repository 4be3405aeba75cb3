/* SPDX-License-Identifier: BSD-2-Clause */
/* All processes by identity. Owns them; pointers are good until the next table_end_poll(). */
#ifndef FDWATCH_MODEL_TABLE_H
#define FDWATCH_MODEL_TABLE_H

#include <stddef.h>

#include "model/process.h"

struct table;

/* What an update of the table met. */
enum table_change {
	TABLE_SAME,
	TABLE_NEW,      /* first seen: identity is unknown */
	TABLE_EXECUTED, /* runs another program now */
	TABLE_MOVED,    /* is in another control group */
};

/* NULL without memory. */
struct table *table_new(void);
void table_free(struct table *table);

void table_begin_poll(struct table *table);

/*
 * Takes a sample over. `previous`, where not NULL, receives the sample it replaces (unset for a new
 * process). Returns enum table_change, or -ENOMEM.
 */
int table_update(struct table *table, const struct process_sample *sample, struct process **process,
		 struct process_sample *previous);

/* Forgets the processes not updated since table_begin_poll(), telling each before. */
void table_end_poll(struct table *table, void (*gone)(struct process *process, void *data),
		    void *data);

/* The process with this pid, or NULL. */
struct process *table_find(struct table *table, int32_t pid);

size_t table_size(const struct table *table);

/* Walks the table: table_next(table, NULL) is the first, NULL follows the last. */
struct process *table_next(struct table *table, struct process *process);

#endif
