// SPDX-License-Identifier: BSD-2-Clause
#include "top/layout.h"

#define COMMAND_WIDTH 15 /* as long as the kernel lets one be */
#define COMMAND_NARROW 8
#define COMMAND_LEAST 5
#define TREE_WIDTH 28
#define PLACE_WIDTH 24
#define NAME_LEAST 8 /* of a unit whose line it is */
#define UNIT_MOST 40
#define UNIT_NONE 4 /* where nobody has one */

/* How little a column is missed: the highest goes, or is made narrow, first; 0: it stays. */
#define DROP_PID_OF_GROUP 9
#define DROP_COMMAND_OF_PLACE 9 /* which says more */
#define DROP_UNIT_OF_NOBODY 18
#define NARROW_COMMAND 10
#define NARROW_COMMAND_MORE 4
#define NARROW_TREE 5

struct layout {
	const struct view *view;
	const struct shown_column *columns;
	size_t count;
	bool out[COLUMN_COUNT];
	unsigned char narrow[COLUMN_COUNT]; /* steps */
};

/* The name of a unit is the line's own. */
static bool is_group(const struct layout *l)
{
	return l->view->kind == VIEW_UNITS || l->view->kind == VIEW_CONTAINERS;
}

static bool is_tree(const struct layout *l)
{
	return l->view->tree && l->view->kind == VIEW_PROCESSES;
}

/* Of the columns that may, the last one takes what room is left. */
static bool stretches(const struct layout *l, size_t at)
{
	for (size_t i = l->count; i-- > at;)
		if (!l->out[i] && column_infos[l->columns[i].id].stretches &&
		    l->columns[i].width == 0)
			return i == at;
	return false;
}

static int width_of_name(const struct layout *l, size_t at)
{
	if (l->columns[at].id == COLUMN_PLACE)
		return PLACE_WIDTH;
	if (l->narrow[at])
		return l->narrow[at] > 1 ? COMMAND_LEAST : COMMAND_NARROW;
	return is_tree(l) ? TREE_WIDTH : COMMAND_WIDTH;
}

static int width_of(const struct layout *l, size_t at)
{
	const struct shown_column *column = &l->columns[at];
	const struct column_info *info = &column_infos[column->id];

	if (column->width)
		return (int)column->width;
	if (stretches(l, at))
		return width_of_name(l, at);
	if (column->id == COLUMN_UNIT && !is_group(l) && !l->view->has_units)
		return UNIT_NONE;
	if (l->narrow[at])
		return column->id == COLUMN_UNIT ? NAME_LEAST : (int)info->least;
	return (int)info->width;
}

static int total_width(const struct layout *l)
{
	int total = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!l->out[i])
			total += width_of(l, i) + (total > 0);
	return total;
}

static unsigned int drop_of(const struct layout *l, size_t at)
{
	const struct column_info *info = &column_infos[l->columns[at].id];

	if (is_group(l) && l->columns[at].id == COLUMN_UNIT)
		return 0;
	if (l->columns[at].id == COLUMN_UNIT && !l->view->has_units)
		return DROP_UNIT_OF_NOBODY;
	if (is_group(l) && l->columns[at].id == COLUMN_PID)
		return DROP_PID_OF_GROUP;
	if (l->view->kind == VIEW_SITES && l->columns[at].id == COLUMN_FDS)
		return 0;
	if (info->stretches && l->columns[at].width == 0 && !stretches(l, at))
		return DROP_COMMAND_OF_PLACE;
	return info->drop;
}

/* 0: it is as wide as it must be. */
static unsigned int narrow_of(const struct layout *l, size_t at)
{
	const unsigned int steps[] = {is_tree(l) ? NARROW_TREE : NARROW_COMMAND,
				      NARROW_COMMAND_MORE, 0};
	const struct column_info *info = &column_infos[l->columns[at].id];

	if (l->columns[at].width)
		return 0;
	if (info->stretches)
		return stretches(l, at) && l->columns[at].id != COLUMN_PLACE ? steps[l->narrow[at]]
									     : 0;
	if (l->narrow[at])
		return 0;
	if (l->columns[at].id == COLUMN_UNIT)
		return is_group(l) ? NARROW_COMMAND_MORE : 0;
	return info->narrow;
}

/* What is missed least is made narrow or left out. False: nothing more may go. */
static bool save_room(struct layout *l)
{
	unsigned int most = 0;
	bool narrow = false;
	size_t what = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->out[i])
			continue;
		if (narrow_of(l, i) > most || drop_of(l, i) > most) {
			narrow = narrow_of(l, i) > drop_of(l, i);
			most = narrow ? narrow_of(l, i) : drop_of(l, i);
			what = i;
		}
	}
	if (most > 0 && narrow)
		l->narrow[what]++;
	else if (most > 0)
		l->out[what] = true;
	return most > 0;
}

/* What leaving out one of several has spared may be enough for one that was made narrow before. */
static void widen(struct layout *l, int width)
{
	for (size_t i = l->count; i-- > 0;) {
		if (!l->narrow[i] || l->out[i])
			continue;
		l->narrow[i]--;
		if (total_width(l) > width)
			l->narrow[i]++;
	}
}

/* Of the room that is left a unit gets a third, what stretches the rest. */
static int more_for(const struct layout *l, size_t at, int width, int spare)
{
	int more = spare / 3;

	if (stretches(l, at))
		return spare;
	if (l->columns[at].id != COLUMN_UNIT || l->columns[at].width ||
	    (!is_group(l) && !l->view->has_units))
		return 0;
	return more > UNIT_MOST - width ? UNIT_MOST - width : more;
}

size_t layout_make(const struct view *view, const struct settings *settings, int width,
		   struct place *places)
{
	struct layout l = {
		.view = view,
		.columns = settings->columns[view->kind],
		.count = settings->column_count[view->kind],
	};
	size_t used = 0;
	int spare;
	int x = 0;

	while (total_width(&l) > width && save_room(&l))
		;
	widen(&l, width);
	spare = width - total_width(&l);
	for (size_t i = 0; i < l.count; i++) {
		int own, more;

		if (l.out[i])
			continue;
		own = width_of(&l, i);
		more = spare > 0 ? more_for(&l, i, own, spare) : 0;
		places[used++] = (struct place){.id = l.columns[i].id, .x = x, .width = own + more};
		spare -= more;
		x += own + more + 1;
	}
	return used;
}
