// SPDX-License-Identifier: BSD-2-Clause
#include "top/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top/group.h"
#include "top/tree.h"

const char *view_heading(enum view_kind kind, enum column_id column)
{
	bool groups = kind == VIEW_UNITS || kind == VIEW_CONTAINERS;

	if (kind == VIEW_SITES && column == COLUMN_FDS)
		return "LIVE";
	if (groups && column == COLUMN_USE) /* FDS of all are no part of the LIMIT of one */
		return "WORST";
	return column_infos[column].heading;
}

void view_init(struct view *view)
{
	*view = (struct view){0};
	for (enum view_kind kind = 0; kind < VIEW_COUNT; kind++)
		view->sort[kind] = kind == VIEW_SITES ? COLUMN_FDS : COLUMN_STATE;
}

void view_free(struct view *view)
{
	rows_freep(&view->rows);
	rows_freep(&view->groups);
	rows_freep(&view->sites);
	free(view->lines);
}

/* The histories of the former look pass over. */
static void replace(struct rows **now, struct rows *next)
{
	if (*now && next)
		rows_follow(next, *now);
	rows_freep(now);
	*now = next;
}

static void count_states(struct view *view)
{
	memset(view->states, 0, sizeof(view->states));
	view->has_units = false;
	for (size_t i = 0; i < view->rows->count; i++) {
		const struct row *row = &view->rows->list[i];

		view->states[row->state]++;
		view->has_units |= row->unit || row->container;
	}
}

static void update_follow(struct view *view)
{
	const struct row *row;

	if (!view->follows)
		return;
	row = rows_find(view->rows, (uint64_t)(uint32_t)view->followed_pid);
	view->follow_ended = !row || row->start_time != view->followed_start;
}

void view_take_rows(struct view *view, struct rows *rows)
{
	replace(&view->rows, rows);
	view->count = 0;
	count_states(view);
	update_follow(view);
	if (view->groups)
		replace(&view->groups, group_rows(rows, view->grouped == VIEW_CONTAINERS));
}

void view_take_sites(struct view *view, struct rows *sites)
{
	replace(&view->sites, sites);
	if (view->kind == VIEW_SITES)
		view->count = 0;
}

const struct rows *view_rows(const struct view *view)
{
	static const struct rows none;
	const struct rows *rows = view->kind == VIEW_PROCESSES ? view->rows
				  : view->kind == VIEW_SITES   ? view->sites
							       : view->groups;

	return rows ? rows : &none;
}

struct cursor *view_cursor(struct view *view)
{
	return &view->cursors[view->kind];
}

static bool contains(const char *text, const char *word)
{
	return *text && strcasestr(text, word);
}

static bool matches_word(const struct rows *rows, const struct row *row, const char *word)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", row->pid);
	return contains(rows_string(rows, row->comm), word) ||
	       contains(rows_string(rows, row->user), word) ||
	       contains(rows_string(rows, row->unit), word) ||
	       contains(rows_string(rows, row->container), word) ||
	       contains(rows_string(rows, row->kind), word) ||
	       contains(rows_string(rows, row->place), word) ||
	       contains(state_name(row->state), word) ||
	       (row->members == 0 && strcmp(pid, word) == 0);
}

/* Every word of the filter must stand somewhere in the row. */
static bool matches(const struct view *view, const struct rows *rows, const struct row *row)
{
	char words[FILTER_SIZE];
	char *rest = words;
	char *word;

	if (!view->filter[0])
		return true;
	if (view->follows && view->kind == VIEW_PROCESSES && row->pid == view->followed_pid &&
	    row->start_time == view->followed_start)
		return true;
	memcpy(words, view->filter, sizeof(words));
	while ((word = strsep(&rest, " ")))
		if (*word && !matches_word(rows, row, word))
			return false;
	return true;
}

struct order {
	const struct rows *rows;
	enum column_id column;
	bool reverse;
};

static int compare_lines(const void *left, const void *right, void *data)
{
	const struct line *a = left;
	const struct line *b = right;
	const struct order *order = data;
	int result = column_compare(order->column, order->rows, a->row, b->row);

	return order->reverse ? -result : result;
}

static bool reserve(struct view *view, size_t count)
{
	struct line *lines;

	if (count <= view->capacity)
		return true;
	lines = reallocarray(view->lines, count, sizeof(*lines));
	if (!lines) {
		view->failed = true;
		return false;
	}
	view->lines = lines;
	view->capacity = count;
	return true;
}

/* The cursor stays on the row that was chosen; where that is gone, on the line where it was. */
static void find_selected(struct view *view, size_t page)
{
	struct cursor *cursor = view_cursor(view);

	cursor_fit(cursor, view->count, page);
	if (!cursor->pinned) {
		cursor_set(cursor, 0);
		return;
	}
	for (size_t i = 0; i < view->count; i++) {
		if (view->lines[i].row->id == cursor->id &&
		    view->lines[i].row->start_time == cursor->start_time) {
			cursor_set(cursor, i);
			return;
		}
	}
}

static void make_groups(struct view *view)
{
	bool grouped = view->kind == VIEW_UNITS || view->kind == VIEW_CONTAINERS;

	if (grouped && view->rows && (!view->groups || view->grouped != view->kind)) {
		rows_freep(&view->groups);
		view->groups = group_rows(view->rows, view->kind == VIEW_CONTAINERS);
		view->grouped = view->kind;
	}
	view->failed |= grouped && view->rows && !view->groups;
}

void view_update(struct view *view, size_t page)
{
	struct order order = {
		.column = view->sort[view->kind],
		.reverse = view->reverse[view->kind],
	};

	make_groups(view);
	order.rows = view_rows(view);
	view->count = 0;
	if (!reserve(view, order.rows->count))
		return;
	for (size_t i = 0; i < order.rows->count; i++)
		if (matches(view, order.rows, &order.rows->list[i]))
			view->lines[view->count++] = (struct line){.row = &order.rows->list[i]};
	if (view->count > 1)
		qsort_r(view->lines, view->count, sizeof(*view->lines), compare_lines, &order);
	if (view->tree && view->kind == VIEW_PROCESSES && view->count > 0 &&
	    !tree_arrange(view->lines, view->count, order.rows))
		view->failed = true;
	find_selected(view, page);
}

const struct row *view_selected(const struct view *view)
{
	const struct cursor *cursor = &view->cursors[view->kind];

	return cursor->at < view->count ? view->lines[cursor->at].row : NULL;
}

static void pin(struct view *view)
{
	struct cursor *cursor = view_cursor(view);
	const struct row *row = view_selected(view);

	cursor->pinned = row != NULL;
	if (!row)
		return;
	cursor->id = row->id;
	cursor->start_time = row->start_time;
}

void view_select(struct view *view, size_t line)
{
	cursor_set(view_cursor(view), line);
	pin(view);
}

void view_move(struct view *view, long lines)
{
	cursor_move(view_cursor(view), lines);
	pin(view);
}

void view_scroll(struct view *view, long lines)
{
	cursor_scroll(view_cursor(view), lines);
	pin(view);
}

void view_home(struct view *view)
{
	cursor_set(view_cursor(view), 0);
	view_cursor(view)->pinned = false;
}

bool view_go_to_pid(struct view *view, int32_t pid)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->lines[i].row->pid != pid)
			continue;
		view_select(view, i);
		return true;
	}
	return false;
}

void view_follow(struct view *view)
{
	const struct row *row = view_selected(view);

	if (view->follows) {
		view->follows = view->follow_ended = false;
		return;
	}
	if (!row || view->kind != VIEW_PROCESSES)
		return;
	view->follows = true;
	view->follow_ended = false;
	view->followed_pid = row->pid;
	view->followed_start = row->start_time;
	pin(view);
}
