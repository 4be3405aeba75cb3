// SPDX-License-Identifier: BSD-2-Clause
/* The whole screen, its last line, its texts and menus. */
#include "top/draw.h"

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

void draw_sort_menu(struct app *app)
{
	struct display *display = &app->display;
	enum view_kind view = app->view.kind;
	int y = app_list_top(app);

	put_title(app, "Sort by (Enter takes it, Esc leaves it)");
	for (size_t i = app->menu.top;
	     i < app->settings.column_count[view] && y < display->height - 1; i++, y++) {
		const struct column_info *info = &column_infos[app->settings.columns[view][i].id];
		enum style style = i == app->menu.at ? STYLE_SELECTED : STYLE_PLAIN;

		display_fill(display, y, 0, display->width, style);
		display_format(display, y, 0, display->width, style, " %-8s  %s", info->heading,
			       info->help);
	}
}

void draw_columns_menu(struct app *app)
{
	struct display *display = &app->display;
	enum view_kind view = app->view.kind;
	size_t shown = app->settings.column_count[view];
	int y = app_list_top(app);

	put_title(app, "Columns: Space on or off, + - width, K J move, Enter done");
	for (size_t i = app->menu.top; i < COLUMN_COUNT && y < display->height - 1; i++, y++) {
		const struct shown_column *column = &app->settings.columns[view][i];
		const struct column_info *info = &column_infos[column->id];
		enum style style = i == app->menu.at ? STYLE_SELECTED : STYLE_PLAIN;
		char width[16];

		snprintf(width, sizeof(width), column->width ? "%u" : "auto", column->width);
		display_fill(display, y, 0, display->width, style);
		display_format(display, y, 0, display->width, style, " [%c] %-8s %5s  %s",
			       i < shown ? 'x' : ' ', info->heading, width, info->help);
	}
}

struct hint {
	const char *key;
	const char *text;
};

static void put_hints(struct app *app, const struct hint *hints, size_t count)
{
	struct display *display = &app->display;
	int y = display->height - 1;
	int x = 0;

	for (size_t i = 0; i < count; i++) {
		int need = (int)(strlen(hints[i].key) + strlen(hints[i].text)) + 2;

		if (x + need > display->width)
			return;
		x += display_string(display, y, x, display->width - x, STYLE_KEY, hints[i].key);
		x += display_string(display, y, x, display->width - x, STYLE_PLAIN, hints[i].text);
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

void draw_footer(struct app *app)
{
	static const struct hint list[] = {
		{"?", "Help"},  {"Enter", "Open"}, {"/", "Filter"},    {"s", "Sort"},
		{"q", "Quit"},  {"f", "Follow"},   {"t", "Tree"},      {"v", "View"},
		{"T", "Track"}, {"z", "Freeze"},   {"i", "Incidents"}, {"o", "Columns"},
		{"d", "Delay"},
	};
	static const struct hint detail[] = {
		{"Esc", "Back"}, {"Tab", "Page"}, {"/", "Search"}, {"T", "Track"},
		{"[ ]", "Zoom"}, {"z", "Freeze"}, {"?", "Help"},
	};
	static const struct hint menu[] = {{"Enter", "Done"}, {"Esc", "Back"}};
	struct display *display = &app->display;
	int y = display->height - 1;
	int x;

	if (app->prompt != PROMPT_NONE) {
		x = display_string(display, y, 0, display->width, STYLE_TITLE,
				   prompt_text(app->prompt));
		x += display_string(display, y, x, display->width - x - 1, STYLE_STRONG,
				    app->typed);
		display_string(display, y, x, 1, STYLE_SELECTED, " ");
		return;
	}
	if (app_now() < app->message_until) {
		display_string(display, y, 0, display->width,
			       app->message_bad ? STYLE_WARNING : STYLE_STRONG, app->message);
		return;
	}
	if (app->mode == MODE_LIST)
		put_hints(app, list, sizeof(list) / sizeof(list[0]));
	else if (app->mode == MODE_DETAIL)
		put_hints(app, detail, sizeof(detail) / sizeof(detail[0]));
	else
		put_hints(app, menu, sizeof(menu) / sizeof(menu[0]));
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
