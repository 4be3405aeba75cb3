/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list as the user wants it: which rows, in which order, and where the cursor is. Knows no
 * terminal.
 */
#ifndef FDWATCH_TOP_VIEW_H
#define FDWATCH_TOP_VIEW_H

#include "top/column.h"
#include "top/cursor.h"
#include "top/rows.h"

enum view_kind {
	VIEW_PROCESSES,
	VIEW_UNITS,
	VIEW_CONTAINERS,
	VIEW_SITES,
	VIEW_COUNT,
};

#define FILTER_SIZE 64

struct line {
	const struct row *row;
	uint32_t depth; /* in the tree; 0: at its root */
	uint64_t rails; /* bit n: at depth n another comes after this one or its ancestor */
};

/* All zero shows processes, unfiltered, by urgency; see view_init(). */
struct view {
	enum view_kind kind;
	enum column_id sort[VIEW_COUNT];
	bool reverse[VIEW_COUNT];
	bool tree; /* of processes */
	char filter[FILTER_SIZE];
	/* The process that is followed: shown whatever the filter says, and told of when it ends.
	 */
	bool follows;
	bool follow_ended;
	int32_t followed_pid;
	uint64_t followed_start;
	struct rows *rows;   /* processes; NULL before the first look */
	struct rows *groups; /* units or containers: */
	enum view_kind grouped;
	struct rows *sites; /* NULL while they are not known */
	size_t states[STATE_COUNT];
	bool has_units; /* or containers: some of the processes */
	struct line *lines;
	size_t count;
	size_t capacity;
	struct cursor cursors[VIEW_COUNT];
	bool failed; /* memory ran out: what is shown may lack lines */
};

/* What a column is called there: some mean another thing. */
const char *view_heading(enum view_kind kind, enum column_id column);

void view_init(struct view *view);
void view_free(struct view *view);

/* Each takes over what a look has found, and goes on from the one before. */
void view_take_rows(struct view *view, struct rows *rows);
void view_take_sites(struct view *view, struct rows *sites);

/* Makes the lines anew, after a look or whatever the user has changed; the cursor stays on its row.
 */
void view_update(struct view *view, size_t page);

/* What the lines' rows stand in. */
const struct rows *view_rows(const struct view *view);
struct cursor *view_cursor(struct view *view);

/* NULL where there is none. */
const struct row *view_selected(const struct view *view);

/* Selects as the user does: the cursor then stays on that row. */
void view_select(struct view *view, size_t line);
void view_move(struct view *view, long lines);
void view_scroll(struct view *view, long lines);
void view_home(struct view *view); /* on the first line, whichever that is */

/* False where no line shows this pid. */
bool view_go_to_pid(struct view *view, int32_t pid);

/* Follows the selected process, or no more. */
void view_follow(struct view *view);

#endif
