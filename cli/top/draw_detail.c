// SPDX-License-Identifier: BSD-2-Clause
/* One process: who it is, and a page of what is known of it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "top/draw.h"
#include "top/sites.h"

#define KINDS_WIDTH 36
#define NAME_WIDTH 11
#define TITLE_WIDTH 42
#define BAR_WIDTH 14
#define PLOT_HEIGHT_LEAST 6
#define KINDS_MAX 32
#define STATE_HEIGHT_LEAST 10
#define STATE_HEIGHT_TWO 20

static const struct row *row_of(const struct app *app)
{
	const struct row *row;

	if (!app->view.rows)
		return NULL;
	row = rows_find(app->view.rows, (uint64_t)(uint32_t)app->detail.pid);
	return row && row->start_time == app->detail.start_time ? row : NULL;
}

/* Labels with their values, line by line as they fit; what there is no line for is left out. */
struct labels {
	struct display *display;
	int y, x;
	int last; /* line */
};

static void put_label(struct labels *labels, const char *label, enum style style, const char *value)
{
	struct display *display = labels->display;
	int length = (int)(strlen(label) + 1 + strlen(value));

	if (labels->x > 0 && labels->x + length > display->width) {
		labels->y++;
		labels->x = 0;
	}
	if (labels->y > labels->last)
		return;
	labels->x += 1 + display_string(display, labels->y, labels->x, display->width - labels->x,
					STYLE_TITLE, label);
	labels->x += 2 + display_string(display, labels->y, labels->x, display->width - labels->x,
					style, value);
}

/* On a screen without a line for it: when its end comes, and how bad it is. */
static void put_brief(struct app *app, int y, int x, const struct row *row)
{
	struct column_cell eta;

	column_text(&eta, COLUMN_ETA, app->view.rows, row);
	eta.text[strcspn(eta.text, " ")] = '\0';
	display_format(&app->display, y, x, app->display.width - x, STYLE_HEADINGS, "%s %s",
		       eta.text, state_name(row->state));
}

/* In place of the list's headings: the process and the pages. */
static void put_who(struct app *app, int y)
{
	struct display *display = &app->display;
	const json_t *process = app->detail.process;
	const char *comm = json_string_value(json_object_get(process, "comm"));
	const char *command = json_string_value(json_object_get(process, "command"));
	const struct row *row = row_of(app);
	int x;

	display_fill(display, y, 0, display->width, STYLE_HEADINGS);
	if (!comm && row)
		comm = rows_string(app->view.rows, row->comm);
	x = display_format(display, y, 0, display->width, STYLE_HEADINGS, "%d %s ", app->detail.pid,
			   comm ? comm : "");
	if (app->detail.ended)
		display_format(display, y, x, display->width - x, STYLE_EXHAUSTED,
			       " has ended at %s ", app->detail.ended_clock);
	else if (row && display->height < STATE_HEIGHT_LEAST)
		put_brief(app, y, x, row);
	else if (command)
		display_string(display, y, x, display->width - x, STYLE_HEADINGS, command);
}

/* What the configuration says of it. */
static void put_policy(const struct app *app, struct labels *labels)
{
	const json_t *process = app->detail.process;
	const char *mark = json_string_value(json_object_get(process, "mark"));

	if (json_is_true(json_object_get(process, "silenced")))
		put_label(labels, "Silenced", STYLE_WARNING, "yes");
	if (mark)
		put_label(labels, "Mark", STYLE_PLAIN, mark);
}

/* `lines` of them at most. */
static void put_state(struct app *app, int y, int lines)
{
	struct labels labels = {.display = &app->display, .y = y, .last = y + lines - 1};
	const struct row *row = row_of(app);
	struct column_cell fds, limit, use, eta, growth;
	char text[COLUMN_TEXT_SIZE * 3 + 16];

	if (app->detail.ended && lines > 0)
		display_string(&app->display, y, 0, app->display.width, STYLE_DIM,
			       "Below is how it was seen last.");
	if (!row)
		return;
	column_text(&fds, COLUMN_FDS, app->view.rows, row);
	column_text(&limit, COLUMN_LIMIT, app->view.rows, row);
	column_text(&use, COLUMN_USE, app->view.rows, row);
	column_text(&eta, COLUMN_ETA, app->view.rows, row);
	column_text(&growth, COLUMN_GROWTH, app->view.rows, row);
	put_label(&labels, "State", display_state(row->state), state_name(row->state));
	snprintf(text, sizeof(text), "%s of %s, %s", fds.text, limit.text, use.text);
	put_label(&labels, "FDs", display_tone(use.tone), text);
	put_label(&labels, "ETA", display_tone(eta.tone), eta.text);
	put_label(&labels, "Growth/s", STYLE_PLAIN, growth.text);
	put_label(&labels, "Tracked", STYLE_PLAIN, row->tracked ? "yes" : "no");
	column_text(&fds, COLUMN_PEAK, app->view.rows, row);
	put_label(&labels, "Peak", STYLE_PLAIN, fds.text);
	column_text(&fds, COLUMN_USER, app->view.rows, row);
	put_label(&labels, "User", STYLE_PLAIN, fds.text);
	column_text(&fds, COLUMN_UNIT, app->view.rows, row);
	put_label(&labels, "Unit", STYLE_PLAIN, fds.text);
	put_policy(app, &labels);
}

static void put_tabs(struct app *app, int y)
{
	struct display *display = &app->display;
	bool brief = display->width < 64;
	int x = 0;

	for (enum tab tab = 0; tab < TAB_COUNT; tab++) {
		enum style style = tab == app->detail.tab ? STYLE_SELECTED : STYLE_DIM;
		bool named = !brief || tab == app->detail.tab;

		x += 1 + display_format(display, y, x, display->width - x, style,
					named ? " %d %s " : " %d ", (int)tab + 1,
					detail_tab_name(tab));
	}
	if (app->detail.pages[app->detail.tab].find[0])
		display_format(display, y, x + 1, display->width - x - 1, STYLE_STRONG,
			       "search: %s", app->detail.pages[app->detail.tab].find);
}

static enum style plot_style(enum plot_tone tone)
{
	switch (tone) {
	case PLOT_PAST:
		return STYLE_PAST;
	case PLOT_CONE:
		return STYLE_CONE;
	case PLOT_MIDDLE:
		return STYLE_WARNING;
	case PLOT_LIMIT:
		return STYLE_CRITICAL;
	case PLOT_AXIS:
		return STYLE_DIM;
	default:
		return STYLE_PLAIN;
	}
}

/* Of one that has ended it is what it was. */
static double limit_of(const struct app *app, const struct row *row)
{
	const json_t *last = json_object_get(app->detail.process, "soft_limit");

	if (row)
		return row->limit != ROWS_UNKNOWN ? (double)row->limit : NAN;
	return json_is_integer(last) ? (double)json_integer_value(last) : NAN;
}

static void put_plot(struct app *app, int y, int height)
{
	struct display *display = &app->display;
	const struct row *row = row_of(app);
	struct plot plot = {
		.points = app->detail.points,
		.count = app->detail.count,
		.limit = limit_of(app, row),
		.eta = row ? row->eta : NAN,
		.low = row ? row->eta_low : NAN,
		.high = row ? row->eta_high : NAN,
		.growth = row ? row->growth : NAN,
		.span = app->detail.span,
		.utf8 = display->blocks,
	};
	size_t width = (size_t)display->width;
	struct plot_cell *cells;

	if (height < 1)
		return;
	if (plot_lacks(&plot, width, (size_t)height)) {
		display_string(display, y, 0, display->width, STYLE_DIM,
			       plot_lacks(&plot, width, (size_t)height));
		return;
	}
	cells = calloc(width * (size_t)height, sizeof(*cells));
	if (!cells)
		return;
	plot_draw(&plot, cells, width, (size_t)height);
	for (size_t i = 0; i < width * (size_t)height; i++)
		if (cells[i].tone != PLOT_BLANK)
			display_glyph(display, y + (int)(i / width), (int)(i % width),
				      plot_style(cells[i].tone), cells[i].glyph);
	free(cells);
}

struct kind {
	const char *name;
	json_int_t count;
};

static int compare_kinds(const void *left, const void *right)
{
	const struct kind *a = left;
	const struct kind *b = right;

	return a->count < b->count ? 1 : a->count > b->count ? -1 : strcmp(a->name, b->name);
}

/* Its kinds as bars, the most first. */
static void put_kinds(struct app *app, int y, int height, int width)
{
	struct display *display = &app->display;
	struct kind kinds[KINDS_MAX];
	json_int_t most = 1;
	size_t count = 0;
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(app->detail.process, "kinds"), name, value)
		if (count < KINDS_MAX)
			kinds[count++] = (struct kind){name, json_integer_value(value)};
	qsort(kinds, count, sizeof(kinds[0]), compare_kinds);
	if (count > 0 && kinds[0].count > 0)
		most = kinds[0].count;
	display_string(display, y, 0, width, STYLE_TITLE, "Kinds");
	for (size_t i = 0; i < count && (int)i + 1 < height; i++) {
		int line = y + 1 + (int)i;
		char number[24];

		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, kinds[i].count);
		display_string(display, line, 0, NAME_WIDTH, STYLE_PLAIN, kinds[i].name);
		display_bar(display, line, NAME_WIDTH + 1, BAR_WIDTH, STYLE_BAR,
			    (double)kinds[i].count / (double)most);
		display_right(display, line, NAME_WIDTH + BAR_WIDTH + 2, 8, STYLE_PLAIN, number);
	}
}

static void put_sites(struct app *app, int y, int x, int height)
{
	struct display *display = &app->display;
	const json_t *sites = json_object_get(app->detail.process, "sites");
	int width = display->width - x;
	char old[DETAIL_AGE_SIZE];
	const json_t *site;
	size_t i;

	detail_sites_age(&app->detail, old, sizeof(old));
	display_format(display, y, x, width, *old ? STYLE_WARNING : STYLE_TITLE, "Call sites%s%s%s",
		       *old ? " " : "", old,
		       width >= TITLE_WIDTH && !*old ? ": live, age of the oldest, place" : "");
	if (json_array_size(sites) == 0)
		display_string(display, y + 1, x, width, STYLE_DIM,
			       sites_none(app->detail.process));
	json_array_foreach (sites, i, site) {
		__attribute__((cleanup(text_free))) struct text text = {0};
		const json_t *oldest = json_object_get(site, "oldest_seconds");
		char age[FORMAT_SIZE] = "-";
		int at = x;

		if ((int)i + 1 >= height)
			return;
		sites_place(&text, site);
		if (json_is_number(oldest))
			format_duration(json_number_value(oldest), age);
		at += display_format(display, y + 1 + (int)i, at, width, STYLE_PLAIN,
				     "%7" JSON_INTEGER_FORMAT " %7s ",
				     json_integer_value(json_object_get(site, "live")), age);
		display_raw(display, y + 1 + (int)i, at, display->width - at, STYLE_STRONG,
			    text.bytes ? text.bytes : "?", text.bytes ? text.length : 1);
	}
}

static void put_overview(struct app *app, int y, int height)
{
	int plot = height >= PLOT_HEIGHT_LEAST * 2 ? height * 3 / 5 : 0;

	if (plot > 0)
		put_plot(app, y, plot);
	put_kinds(app, y + plot, height - plot, app->display.width);
	if (app->display.width >= KINDS_WIDTH * 2)
		put_sites(app, y + plot, KINDS_WIDTH + 2, height - plot);
}

/* Lines that tell how the process stands. */
static int state_lines(int height)
{
	return height >= STATE_HEIGHT_TWO ? 2 : height >= STATE_HEIGHT_LEAST ? 1 : 0;
}

int draw_detail_top(int height)
{
	return draw_header_lines(height) + 2 + state_lines(height);
}

void draw_detail(struct app *app)
{
	struct display *display = &app->display;
	int y = draw_header_lines(display->height);
	int height;

	put_who(app, y++);
	put_state(app, y, state_lines(display->height));
	y += state_lines(display->height);
	put_tabs(app, y++);
	height = display->height - 1 - y;
	if (app->detail.status && app->detail.status != 200 && !app->detail.process) {
		display_string(display, y, 0, display->width, STYLE_WARNING,
			       app->detail.status == 404 ? "It has ended, or is not yours to see."
							 : "Its descriptors can't be read now.");
		return;
	}
	if (!app->detail.process && app->detail.tab != TAB_PLOT)
		display_string(display, y, 0, display->width, STYLE_DIM, "Asking fdwatchd ...");
	else if (app->detail.tab == TAB_OVERVIEW)
		put_overview(app, y, height);
	else if (app->detail.tab == TAB_PLOT)
		put_plot(app, y, height);
	else
		draw_pager(app, &app->detail.pages[app->detail.tab], y);
}
