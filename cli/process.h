/* SPDX-License-Identifier: BSD-2-Clause */
/* What tables show of the daemon's account of one process. */
#ifndef FDWATCH_PROCESS_H
#define FDWATCH_PROCESS_H

#include <jansson.h>

#include "table.h"

/* How worrying its state is, and how near its limit it is. */
enum tone process_tone(const json_t *process);
enum tone process_usage_tone(const json_t *process);

/* Adds a cell: the user's name, or the number where it has none. */
void process_add_user(struct table *table, const json_t *process);

/* Adds a cell: the container, its id shortened; else the systemd unit. */
void process_add_place(struct table *table, const json_t *process);

/* Adds a cell: what the configuration says of it: "silenced", its mark, both. */
void process_add_mark(struct table *table, const json_t *process);

/* Adds a cell: refusals of all causes. */
void process_add_refused(struct table *table, const json_t *process);

/* Adds a cell: how fast its descriptors grow in number; and another: when they reach the limit. */
void process_add_growth(struct table *table, const json_t *process);
void process_add_eta(struct table *table, const json_t *process);

/* Adds a cell: how much of the soft limit is taken. */
void process_add_usage(struct table *table, const json_t *process);

#endif
