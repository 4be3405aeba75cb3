// SPDX-License-Identifier: BSD-2-Clause
/* The whole screen, its last line, its texts and menus. */
#include "top/draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "top/keys.h"

int app_list_top(const struct app *app)
{
	return draw_header_lines(app->display.height) + 1;
}

int app_list_page(const struct app *app)
{
	int top =
		app->mode == MODE_DETAIL ? draw_detail_top(app->display.height) : app_list_top(app);
	int page = app->display.height - top - 1;

	return page > 1 ? page : 1;
}

void draw_pager(struct app *app, struct pager *pager, int y)
{
	struct display *display = &app->display;
	size_t length;
	const char *text;

	for (size_t i = 0; i < pager->headings; i++) {
		text = pager_heading(pager, i, &length);
		display_fill(display, y, 0, display->width, STYLE_HEADINGS);
		display_safe(display, y++, 0, display->width, STYLE_HEADINGS, text, length);
	}
	for (size_t i = pager->cursor.top; i < pager->count && y < display->height - 1; i++) {
		enum style style = i == pager->cursor.at ? STYLE_SELECTED : STYLE_PLAIN;

		text = pager_line(pager, i, &length);
		if (style == STYLE_SELECTED)
			display_fill(display, y, 0, display->width, style);
		display_safe(display, y++, 0, display->width, style, text, length);
	}
	if (pager->count == 0)
		display_string(display, y, 0, display->width, STYLE_DIM,
			       pager->find[0] ? "Nothing matches the search." : "None.");
}

static void put_title(struct app *app, const char *title)
{
	int y = app_list_top(app) - 1;

	display_fill(&app->display, y, 0, app->display.width, STYLE_HEADINGS);
	display_string(&app->display, y, 0, app->display.width, STYLE_HEADINGS, title);
}

void draw_help(struct app *app)
{
	put_title(app, "Keys and columns");
	draw_pager(app, &app->help, app_list_top(app));
}

void draw_incidents(struct app *app)
{
	put_title(app, "Incidents and alarms of all processes you may see");
	draw_pager(app, &app->incidents, app_list_top(app));
}

void draw_story(struct app *app)
{
	const json_t *incident = app->story.answer;
	const char *comm = json_string_value(json_object_get(incident, "comm"));
	char title[64];

	snprintf(title, sizeof(title), "Incident %" PRIu64 "%s%s", app->story.id,
		 comm ? " of " : "", comm ? comm : "");
	put_title(app, title);
	draw_pager(app, &app->story.page, app_list_top(app));
}

void draw_sort_menu(struct app *app)
{
	struct display *display = &app->display;
	enum view_kind view = app->view.kind;
	int y = app_list_top(app);

	put_title(app, "Sort by");
	for (size_t i = app->menu.top;
	     i < app->settings.column_count[view] && y < display->height - 1; i++, y++) {
		const struct column_info *info = &column_infos[app->settings.columns[view][i].id];
		enum style style = i == app->menu.at ? STYLE_SELECTED : STYLE_PLAIN;

		display_fill(display, y, 0, display->width, style);
		display_format(display, y, 0, display->width, style, " %-8s  %s",
			       view_heading(view, app->settings.columns[view][i].id), info->help);
	}
}

void draw_columns_menu(struct app *app)
{
	struct display *display = &app->display;
	enum view_kind view = app->view.kind;
	size_t shown = app->settings.column_count[view];
	int y = app_list_top(app);

	put_title(app, "Columns");
	for (size_t i = app->menu.top; i < COLUMN_COUNT && y < display->height - 1; i++, y++) {
		const struct shown_column *column = &app->settings.columns[view][i];
		const struct column_info *info = &column_infos[column->id];
		enum style style = i == app->menu.at ? STYLE_SELECTED : STYLE_PLAIN;
		char width[16];

		snprintf(width, sizeof(width), column->width ? "%u" : "auto", column->width);
		display_fill(display, y, 0, display->width, style);
		display_format(display, y, 0, display->width, style, " [%c] %-8s %5s  %s",
			       i < shown ? 'x' : ' ', view_heading(view, column->id), width,
			       info->help);
	}
}

struct hint {
	const char *key;
	const char *text;
};

/* What the key would do now. */
static const char *hint_text(const struct app *app, const struct hint *hint)
{
	const struct row *row = strcmp(hint->key, "T") == 0 ? app_process(app) : NULL;

	return row && row->tracked ? "Untrack" : hint->text;
}

/* As many as there is room for; the list ends with one that is NULL. */
static void put_hints(struct app *app, const struct hint *hint)
{
	struct display *display = &app->display;
	int y = display->height - 1;
	int x = 0;

	for (; hint->key; hint++) {
		const char *text = hint_text(app, hint);

		if (x + (int)(strlen(hint->key) + strlen(text)) + 2 > display->width)
			return;
		x += display_string(display, y, x, display->width - x, STYLE_KEY, hint->key);
		x += display_string(display, y, x, display->width - x, STYLE_PLAIN, text);
		x++;
	}
}

static const char *prompt_text(enum prompt prompt)
{
	switch (prompt) {
	case PROMPT_FILTER:
		return "Filter: ";
	case PROMPT_PID:
		return "PID: ";
	case PROMPT_INTERVAL:
		return "Seconds between looks: ";
	default:
		return "";
	}
}

/* What the keys do in each mode. */
static void put_keys(struct app *app)
{
	static const struct hint list[] = {
		{"?", "Help"},  {"Enter", "Open"}, {"/", "Filter"},    {"s", "Sort"},
		{"q", "Quit"},  {"f", "Follow"},   {"t", "Tree"},      {"v", "View"},
		{"T", "Track"}, {"z", "Freeze"},   {"i", "Incidents"}, {"o", "Columns"},
		{"d", "Delay"}, {NULL, NULL},
	};
	static const struct hint detail[] = {
		{"Esc", "Back"}, {"Tab", "Page"}, {"/", "Search"}, {"T", "Track"},
		{"[ ]", "Zoom"}, {"z", "Freeze"}, {"?", "Help"},   {NULL, NULL},
	};
	static const struct hint of_process[] = {
		{"Esc", "Back"}, {"Enter", "Open"}, {"Tab", "Page"}, {"/", "Search"},
		{"T", "Track"},  {"z", "Freeze"},   {"?", "Help"},   {NULL, NULL},
	};
	static const struct hint incidents[] = {
		{"Esc", "Back"}, {"Enter", "Open"}, {"/", "Search"}, {"?", "Help"}, {NULL, NULL}};
	static const struct hint story[] = {{"Esc", "Back"},
					    {"Enter", "Process"},
					    {"/", "Search"},
					    {"?", "Help"},
					    {NULL, NULL}};
	static const struct hint help[] = {{"Esc", "Back"}, {"/", "Search"}, {NULL, NULL}};
	static const struct hint menu[] = {{"Enter", "Sort"}, {"Esc", "Back"}, {NULL, NULL}};
	static const struct hint columns[] = {{"Space", "On/off"},
					      {"K J", "Move"},
					      {"+ -", "Width"},
					      {"Enter", "Done"},
					      {NULL, NULL}};
	static const struct hint *const of_mode[] = {
		[MODE_LIST] = list,       [MODE_DETAIL] = detail, [MODE_INCIDENTS] = incidents,
		[MODE_STORY] = story,     [MODE_HELP] = help,     [MODE_SORT] = menu,
		[MODE_COLUMNS] = columns,
	};
	bool incidents_of_one = app->mode == MODE_DETAIL && app->detail.tab == TAB_INCIDENTS;

	put_hints(app, incidents_of_one ? of_process : of_mode[app->mode]);
}

static void put_typed(struct app *app)
{
	struct display *display = &app->display;
	int y = display->height - 1;
	int x = display_string(display, y, 0, display->width, STYLE_TITLE,
			       prompt_text(app->prompt));

	x += display_string(display, y, x, display->width - x - 1, STYLE_STRONG, app->typed);
	display_string(display, y, x, 1, STYLE_SELECTED, " ");
}

void draw_footer(struct app *app)
{
	if (app->prompt != PROMPT_NONE)
		put_typed(app);
	else if (app_now() < app->message_until)
		display_string(&app->display, app->display.height - 1, 0, app->display.width,
			       app->message_bad ? STYLE_WARNING : STYLE_STRONG, app->message);
	else
		put_keys(app);
}

void app_draw(struct app *app)
{
	display_begin(&app->display);
	draw_header(app);
	switch (app->mode) {
	case MODE_LIST:
		draw_list(app);
		break;
	case MODE_DETAIL:
		draw_detail(app);
		break;
	case MODE_INCIDENTS:
		draw_incidents(app);
		break;
	case MODE_STORY:
		draw_story(app);
		break;
	case MODE_HELP:
		draw_help(app);
		break;
	case MODE_SORT:
		draw_sort_menu(app);
		break;
	case MODE_COLUMNS:
		draw_columns_menu(app);
		break;
	}
	draw_footer(app);
	display_end(&app->display);
}
