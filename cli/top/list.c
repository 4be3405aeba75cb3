// SPDX-License-Identifier: BSD-2-Clause
/* The list: headings and lines. */
#include <stdio.h>
#include <string.h>

#include "top/draw.h"

#define PERCENT_WIDTH 5
#define COMMAND_LEAST 8
#define PLACE_LEAST 24
#define COMMAND_DROP 6 /* where a place is shown, which says more */
#define UNIT_MOST 40
#define TREE_STEP 2

enum style display_state(enum state state)
{
	switch (state) {
	case STATE_EXHAUSTED:
		return STYLE_EXHAUSTED;
	case STATE_CRITICAL:
		return STYLE_CRITICAL;
	case STATE_WARNING:
		return STYLE_WARNING;
	case STATE_GROWING:
		return STYLE_GROWING;
	default:
		return STYLE_PLAIN;
	}
}

static int width_of(const struct shown_column *column)
{
	return (int)(column->width ? column->width : column_infos[column->id].width);
}

static int least_of(const struct shown_column *column)
{
	return column->id == COLUMN_PLACE ? PLACE_LEAST : COMMAND_LEAST;
}

/* Of the columns that may, the last one takes what room is left. */
static bool stretches(const struct shown_column *columns, const bool *out, size_t count, size_t at)
{
	for (size_t i = count; i-- > at;)
		if (!out[i] && column_infos[columns[i].id].stretches && columns[i].width == 0)
			return i == at;
	return false;
}

static int total_width(const struct shown_column *columns, const bool *out, size_t count)
{
	int total = 0;

	for (size_t i = 0; i < count; i++)
		if (!out[i])
			total += (stretches(columns, out, count, i) ? least_of(&columns[i])
								    : width_of(&columns[i])) +
				 (total > 0);
	return total;
}

/* How little it is missed where room lacks; 0: it stays. */
static unsigned int drop_of(const struct shown_column *columns, const bool *out, size_t count,
			    size_t at)
{
	const struct column_info *info = &column_infos[columns[at].id];

	if (info->stretches && columns[at].width == 0 && !stretches(columns, out, count, at))
		return COMMAND_DROP;
	return info->drop;
}

/* Leaves out what is missed least until the rest fits, or nothing more may go. */
static void leave_out(const struct shown_column *columns, bool *out, size_t count, int width)
{
	while (total_width(columns, out, count) > width) {
		unsigned int drop = 0;
		size_t worst = 0;

		for (size_t i = 0; i < count; i++) {
			unsigned int own = drop_of(columns, out, count, i);

			if (!out[i] && own > drop) {
				drop = own;
				worst = i;
			}
		}
		if (drop == 0)
			return;
		out[worst] = true;
	}
}

size_t draw_lay_out(const struct app *app, int width, struct place *places)
{
	enum view_kind view = app->view.kind;
	const struct shown_column *columns = app->settings.columns[view];
	size_t count = app->settings.column_count[view];
	bool out[COLUMN_COUNT] = {false};
	size_t used = 0;
	int spare;
	int x = 0;

	leave_out(columns, out, count, width);
	spare = width - total_width(columns, out, count);
	spare = spare > 0 ? spare : 0;
	for (size_t i = 0; i < count; i++) {
		struct place *place = &places[used];
		int more = 0;

		if (out[i])
			continue;
		*place =
			(struct place){.id = columns[i].id, .x = x, .width = width_of(&columns[i])};
		if (stretches(columns, out, count, i)) {
			place->width = least_of(&columns[i]);
			more = spare;
		} else if (columns[i].id == COLUMN_UNIT && columns[i].width == 0) {
			more = spare / 3;
			if (more > UNIT_MOST - place->width)
				more = UNIT_MOST - place->width;
		}
		place->width += more;
		spare -= more;
		x += place->width + 1;
		used++;
	}
	return used;
}

static void put_headings(struct app *app, const struct place *places, size_t count, int y)
{
	struct display *display = &app->display;
	enum view_kind view = app->view.kind;

	display_fill(display, y, 0, display->width, STYLE_HEADINGS);
	for (size_t i = 0; i < count; i++) {
		const struct column_info *info = &column_infos[places[i].id];
		bool sorted = app->view.sort[view] == places[i].id;
		char text[32];

		snprintf(text, sizeof(text), "%s%s", view_heading(view, places[i].id),
			 !sorted                   ? ""
			 : app->view.reverse[view] ? "-"
						   : "+");
		if (strlen(text) > (size_t)places[i].width)
			text[strlen(text) - (sorted ? 1 : 0)] = '\0';
		if (info->right)
			display_right(display, y, places[i].x, places[i].width,
				      sorted ? STYLE_SORTED : STYLE_HEADINGS, text);
		else
			display_string(display, y, places[i].x, places[i].width,
				       sorted ? STYLE_SORTED : STYLE_HEADINGS, text);
	}
}

static void put_usage(struct display *display, int y, const struct place *place, enum style style,
		      const struct row *row, const char *percent)
{
	int bar = place->width - PERCENT_WIDTH - 1;

	if (bar < 2 || row->limit == ROWS_UNKNOWN) {
		display_right(display, y, place->x, place->width, style, percent);
		return;
	}
	display_bar(display, y, place->x, bar, style == STYLE_PLAIN ? STYLE_BAR : style,
		    row->usage);
	display_right(display, y, place->x + bar + 1, PERCENT_WIDTH, style, percent);
}

static void put_recent(struct display *display, int y, const struct place *place, enum style style,
		       const struct row *row)
{
	double levels[ROWS_PAST];
	size_t count = column_recent(row, levels, (size_t)place->width);

	display_spark(display, y, place->x, style, levels, count);
}

/* Below its parent, where there is a tree. */
static void put_name(struct display *display, int y, const struct place *place, enum style style,
		     const char *text, uint32_t depth)
{
	int indent = (int)(depth > 20 ? 20 : depth) * TREE_STEP;

	if (indent > place->width / 2)
		indent = place->width / 2;
	if (indent >= TREE_STEP)
		display_safe(display, y, place->x + indent - TREE_STEP, TREE_STEP, style,
			     display->utf8 ? "\u2514\u2500" : "`-",
			     display->utf8 ? strlen("\u2514\u2500") : 2);
	display_string(display, y, place->x + indent, place->width - indent, style, text);
}

static enum style cell_style(enum column_id id, const struct row *row, enum tone tone)
{
	if (id == COLUMN_STATE)
		return display_state(row->state);
	if (id == COLUMN_GROWTH && row->state >= STATE_GROWING)
		return STYLE_GROWING;
	if (id == COLUMN_RECENT)
		return STYLE_PAST;
	if (id == COLUMN_COMMAND || id == COLUMN_PLACE)
		return STYLE_STRONG;
	return display_tone(tone);
}

static void put_cell(struct app *app, int y, const struct place *place, const struct line *line,
		     bool selected)
{
	struct display *display = &app->display;
	const struct row *row = line->row;
	struct column_cell cell;
	enum style style;

	column_text(&cell, place->id, view_rows(&app->view), row);
	style = selected ? STYLE_SELECTED : cell_style(place->id, row, cell.tone);
	if (place->id == COLUMN_USE)
		put_usage(display, y, place, style, row, cell.text);
	else if (place->id == COLUMN_RECENT)
		put_recent(display, y, place, style, row);
	else if (place->id == COLUMN_COMMAND)
		put_name(display, y, place, style, cell.text, line->depth);
	else if (column_infos[place->id].right)
		display_right(display, y, place->x, place->width, style, cell.text);
	else
		display_string(display, y, place->x, place->width, style, cell.text);
}

static void put_line(struct app *app, int y, const struct place *places, size_t count,
		     const struct line *line, bool selected)
{
	if (selected)
		display_fill(&app->display, y, 0, app->display.width, STYLE_SELECTED);
	for (size_t i = 0; i < count; i++)
		put_cell(app, y, &places[i], line, selected);
}

/* Why there are no lines. */
static const char *explain(const struct app *app)
{
	if (app->view.kind == VIEW_SITES && app->sites_status == 404)
		return "Call sites are not available: this fdwatchd does not know them.";
	if (app->view.kind == VIEW_SITES && !app->view.sites)
		return "Asking for the call sites ...";
	if (app->view.kind == VIEW_SITES && app->view.sites->count == 0)
		return "No process is tracked: T on a process finds where it opens them.";
	if (!app->view.rows)
		return "Asking fdwatchd ...";
	if (app->view.filter[0])
		return "Nothing matches the filter: / then Esc clears it.";
	return app->view.kind == VIEW_CONTAINERS ? "There are no containers." : "None.";
}

void draw_list(struct app *app)
{
	struct view *view = &app->view;
	const struct cursor *cursor = view_cursor(view);
	int y = draw_header_lines(app->display.height);
	struct place places[COLUMN_COUNT];
	size_t count = draw_lay_out(app, app->display.width, places);

	put_headings(app, places, count, y++);
	for (size_t i = cursor->top; i < view->count && i < cursor->top + cursor->page; i++)
		put_line(app, y++, places, count, &view->lines[i], i == cursor->at);
	if (view->count == 0)
		display_string(&app->display, y, 0, app->display.width, STYLE_DIM, explain(app));
}
