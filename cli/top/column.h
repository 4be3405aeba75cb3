/* SPDX-License-Identifier: BSD-2-Clause */
/* What a row can be shown as: its columns, how they read and how they sort. */
#ifndef FDWATCH_TOP_COLUMN_H
#define FDWATCH_TOP_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"
#include "top/rows.h"

enum column_id {
	COLUMN_PID,
	COLUMN_MEMBERS,
	COLUMN_USER,
	COLUMN_UNIT,
	COLUMN_KIND,
	COLUMN_FDS,
	COLUMN_LIMIT,
	COLUMN_USE,
	COLUMN_PEAK,
	COLUMN_OPENED,
	COLUMN_CLOSED,
	COLUMN_REFUSED,
	COLUMN_GROWTH,
	COLUMN_RECENT,
	COLUMN_ETA,
	COLUMN_STATE,
	COLUMN_TRACKED,
	COLUMN_OLDEST,
	COLUMN_MEDIAN,
	COLUMN_COMMAND,
	COLUMN_PLACE,
	COLUMN_COUNT,
};

struct column_info {
	const char *name; /* in the settings */
	const char *heading;
	const char *help;
	unsigned int width;  /* where the user has not chosen one */
	unsigned int drop;   /* where room lacks, the highest goes first; 0: stays */
	unsigned int narrow; /* as drop: when it is made `least` wide; 0: it is not */
	unsigned int least;
	bool right;
	bool stretches; /* takes the room that is left */
};

extern const struct column_info column_infos[COLUMN_COUNT];

#define COLUMN_TEXT_SIZE 512

/* One cell, as raw bytes: whoever shows them makes them safe. RECENT and USE's bar are drawn. */
struct column_cell {
	enum tone tone;
	char text[COLUMN_TEXT_SIZE];
};

void column_text(struct column_cell *cell, enum column_id column, const struct rows *rows,
		 const struct row *row);

/*
 * Less than 0 where `a` comes first: high numbers, low names, little time left. What is unknown
 * comes last, and what is equal is told apart by id.
 */
int column_compare(enum column_id column, const struct rows *rows, const struct row *a,
		   const struct row *b);

/* COLUMN_COUNT where there is none of that name. */
enum column_id column_find(const char *name);

/*
 * The highest counts of even parts of its past as levels from 0 to 1, for a sparkline; less than 0
 * where nobody looked yet. Returns how many: `count`, or ROWS_PAST.
 */
size_t column_recent(const struct row *row, double *levels, size_t count);

/* "123", "45.6k", "1.07G": at most 5 columns. */
const char *column_short(double number, char *text, size_t size);

#endif
