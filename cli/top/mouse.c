// SPDX-License-Identifier: BSD-2-Clause
/* A click selects, a second one opens, a heading sorts, the wheel scrolls. */
#include <curses.h>
#include <stdio.h>

#include "top/act.h"
#include "top/draw.h"

#define DOUBLE_CLICK_SECONDS 0.5
#define WHEEL_LINES 3

static void click_heading(struct app *app, int x)
{
	struct place places[COLUMN_COUNT];
	size_t count = layout_make(&app->view, &app->settings, app->display.width, places);
	enum view_kind view = app->view.kind;

	for (size_t i = 0; i < count; i++) {
		if (x < places[i].x || x > places[i].x + places[i].width)
			continue;
		if (app->view.sort[view] == places[i].id)
			app->view.reverse[view] = !app->view.reverse[view];
		app->view.sort[view] = places[i].id;
		app_keep_settings(app);
		return;
	}
}

/* The second click on the same line, soon after the first? */
static bool is_again(struct app *app, int y)
{
	double now = app_now();
	bool again = now - app->clicked_at < DOUBLE_CLICK_SECONDS && app->clicked_line == y;

	app->clicked_at = again ? 0 : now;
	app->clicked_line = y;
	return again;
}

static void click_line(struct app *app, int y)
{
	struct cursor *cursor = view_cursor(&app->view);
	size_t line = cursor->top + (size_t)(y - app_list_top(app));

	if (line >= app->view.count || y >= app_list_top(app) + app_list_page(app))
		return;
	view_select(&app->view, line);
	if (is_again(app, y)) {
		app_open_process(app, view_selected(&app->view));
		app_want(app);
	}
}

/* In a list of incidents: the second click opens one. */
static void click_text(struct app *app, struct pager *pager, int y, int top)
{
	const struct page_mark *mark;
	size_t line = pager->cursor.top + (size_t)(y - top);

	if (y < top || line >= pager->count)
		return;
	cursor_set(&pager->cursor, line);
	mark = pager_marked(pager);
	if (is_again(app, y) && mark)
		app_open_incident(app, mark->subject);
}

/* A tab of the pages: they stand one after the other, each behind its number. */
static void click_tab(struct app *app, int x)
{
	int at = 0;

	for (enum tab tab = 0; tab < TAB_COUNT; tab++) {
		bool named = app->display.width >= 64 || tab == app->detail.tab;
		char text[32];

		at += 1 + snprintf(text, sizeof(text), named ? " %d %s " : " %d ", (int)tab + 1,
				   detail_tab_name(tab));
		if (x < at) {
			app->detail.tab = tab;
			return;
		}
	}
}

static void wheel(struct app *app, long lines)
{
	switch (app->mode) {
	case MODE_LIST:
		view_scroll(&app->view, lines);
		break;
	case MODE_HELP:
		cursor_scroll(&app->help.cursor, lines);
		break;
	case MODE_INCIDENTS:
		cursor_scroll(&app->incidents.cursor, lines);
		break;
	case MODE_STORY:
		cursor_scroll(&app->story.page.cursor, lines);
		break;
	case MODE_DETAIL:
		cursor_scroll(&app->detail.pages[app->detail.tab].cursor, lines);
		break;
	default:
		cursor_move(&app->menu, lines > 0 ? 1 : -1);
	}
}

static void click(struct app *app, int y, int x)
{
	int header = draw_header_lines(app->display.height);
	int pages = draw_detail_top(app->display.height);

	if (app->mode == MODE_LIST && y == header)
		click_heading(app, x);
	else if (app->mode == MODE_LIST && y > header)
		click_line(app, y);
	else if (app->mode == MODE_LIST && header > 1 && y == header - 1)
		act_incidents(app); /* a click on the alarms */
	else if (app->mode == MODE_INCIDENTS)
		click_text(app, &app->incidents, y, app_list_top(app));
	else if (app->mode == MODE_DETAIL && y == pages - 1)
		click_tab(app, x);
	else if (app->mode == MODE_DETAIL && app->detail.tab == TAB_INCIDENTS)
		click_text(app, &app->detail.pages[TAB_INCIDENTS], y, pages);
}

void mouse_act(struct app *app)
{
	MEVENT event;

	if (getmouse(&event) != OK || app->prompt != PROMPT_NONE)
		return;
	if (event.bstate & BUTTON4_PRESSED)
		wheel(app, -WHEEL_LINES);
	else if (event.bstate & BUTTON5_PRESSED)
		wheel(app, WHEEL_LINES);
	else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED))
		click(app, event.y, event.x);
}
