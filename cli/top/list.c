// SPDX-License-Identifier: BSD-2-Clause
/* The list: headings and lines. */
#include <stdio.h>
#include <string.h>

#include "top/draw.h"

#define PERCENT_WIDTH 5
#define TREE_STEP 2
#define NAME_LEAST 8

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

/* With the mark of the order, for which a letter goes where room lacks. */
static void put_heading(struct app *app, const struct place *place, int y)
{
	enum view_kind view = app->view.kind;
	bool sorted = app->view.sort[view] == place->id;
	enum style style = sorted ? STYLE_SORTED : STYLE_HEADINGS;
	const char *heading = view_heading(view, place->id);
	int room = sorted ? place->width - 1 : place->width;
	char text[32];

	snprintf(text, sizeof(text), "%.*s%s", room > 0 ? room : 0, heading,
		 !sorted                   ? ""
		 : app->view.reverse[view] ? "-"
					   : "+");
	if (column_infos[place->id].right)
		display_right(&app->display, y, place->x, place->width, style, text);
	else
		display_string(&app->display, y, place->x, place->width, style, text);
}

static void put_headings(struct app *app, const struct place *places, size_t count, int y)
{
	display_fill(&app->display, y, 0, app->display.width, STYLE_HEADINGS);
	for (size_t i = 0; i < count; i++)
		put_heading(app, &places[i], y);
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

/* What ties a line of the tree to those above and below it, level by level. */
static void put_branches(struct display *display, int y, int x, enum style style,
			 const struct line *line, uint32_t levels)
{
	static const char *const branches[2][4] = {
		{"  ", "| ", "`-", "|-"}, {"  ", "\u2502 ", "\u2514\u2500", "\u251c\u2500"}};

	for (uint32_t level = 1; level <= levels; level++) {
		/* Of a depth that there is no room for the last step stands for all that lack. */
		uint32_t depth = level == levels ? line->depth : level;
		bool goes_on = depth < 64 && line->rails >> depth & 1;
		const char *text = branches[display->utf8][goes_on + (level == levels ? 2 : 0)];

		display_safe(display, y, x, TREE_STEP, style, text, strlen(text));
		x += TREE_STEP;
	}
}

/* Below its parent, where there is a tree. */
static void put_name(struct display *display, int y, const struct place *place, enum style style,
		     const char *text, const struct line *line)
{
	int most = (place->width - NAME_LEAST) / TREE_STEP;
	uint32_t levels = most < 0 ? 0 : (uint32_t)most;
	int indent;

	levels = line->depth < levels ? line->depth : levels;
	indent = (int)levels * TREE_STEP;
	put_branches(display, y, place->x, style, line, levels);
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
	if (place->id == COLUMN_ETA && strlen(cell.text) > (size_t)place->width)
		cell.text[strcspn(cell.text, " ")] = '\0'; /* without its spread */
	if (place->id == COLUMN_USE)
		put_usage(display, y, place, style, row, cell.text);
	else if (place->id == COLUMN_RECENT)
		put_recent(display, y, place, style, row);
	else if (place->id == COLUMN_COMMAND)
		put_name(display, y, place, style, cell.text, line);
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
	size_t count = layout_make(view, &app->settings, app->display.width, places);

	put_headings(app, places, count, y++);
	for (size_t i = cursor->top; i < view->count && i < cursor->top + cursor->page; i++)
		put_line(app, y++, places, count, &view->lines[i], i == cursor->at);
	if (view->count == 0)
		display_string(&app->display, y, 0, app->display.width, STYLE_DIM, explain(app));
}
