/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aligned tables that fit the terminal. Whatever goes into a cell is made safe on the way in.
 * Memory that runs out is remembered and told by table_print().
 */
#ifndef FDWATCH_TABLE_H
#define FDWATCH_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "terminal.h"

struct column {
	const char *heading; /* NULL in the first: no line of headings */
	bool right;          /* aligned to the right */
	unsigned int shrink; /* may become this narrow, its text cut; 0: never cut */
	unsigned int least;  /* is at least this wide */
	unsigned int drop;   /* where room lacks, the highest goes first; 0: stays */
	bool rare;           /* left out where no row has more than "-" in it */
};

struct table;

/* `columns` must outlive the table. NULL without memory, which the others take well. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *table);

/* Each adds the next cell, row by row. */
void table_add(struct table *table, enum tone tone, const char *bytes, size_t length);
void table_put(struct table *table, enum tone tone, const char *string);
void table_format(struct table *table, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A string or an integer; anything else, and none at all, is unknown: "-". */
void table_json(struct table *table, enum tone tone, const json_t *value);

/* Remembers that memory ran out while a cell was put together. */
void table_fail(struct table *table);

/* 0, or -ENOMEM where a cell is missing. */
int table_print(const struct table *table, FILE *out, const struct terminal *terminal);

/* The same on standard output; returns an exit status, and the user is told. */
int table_show(const struct table *table, const struct terminal *terminal);

static inline void table_freep(struct table **table)
{
	table_free(*table);
}

#endif
