/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows by hand. */
#ifndef TESTS_UNIT_CLI_TOP_MAKE_H
#define TESTS_UNIT_CLI_TOP_MAKE_H

#include <stdlib.h>
#include <string.h>

#include "top/rows.h"

static inline struct rows *make_rows(double polled)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		abort();
	rows->polled = polled;
	return rows;
}

/* Good until the next is made. */
static inline struct row *make_row(struct rows *rows, int32_t pid, const char *comm, uint32_t fds)
{
	struct row *row = rows_add(rows);

	if (!row)
		abort();
	row->id = (uint64_t)pid;
	row->pid = pid;
	row->start_time = (uint64_t)pid * 10;
	row->comm = rows_keep(rows, comm, strlen(comm));
	row->fds = fds;
	row->limit = 1000;
	row->usage = fds / 1000.0;
	return row;
}

static inline uint32_t make_string(struct rows *rows, const char *string)
{
	return rows_keep(rows, string, strlen(string));
}

#endif
