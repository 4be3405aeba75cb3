// SPDX-License-Identifier: BSD-2-Clause
/* What keys and the mouse do. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top/act.h"
#include "top/draw.h"
#include "top/keys.h"

#define ZOOM_LEAST 10.0

/* The text that the keys move in, NULL where they move in the list or nothing. */
static struct pager *current_pager(struct app *app)
{
	switch (app->mode) {
	case MODE_HELP:
		return &app->help;
	case MODE_INCIDENTS:
		return &app->incidents;
	case MODE_STORY:
		return &app->story.page;
	case MODE_DETAIL:
		return app->detail.tab >= TAB_SITES ? &app->detail.pages[app->detail.tab] : NULL;
	default:
		return NULL;
	}
}

static void move_by(struct app *app, long lines)
{
	struct pager *pager = current_pager(app);

	if (pager)
		cursor_move(&pager->cursor, lines);
	else if (app->mode == MODE_LIST)
		view_move(&app->view, lines);
}

static void move_to_end(struct app *app, bool last)
{
	struct pager *pager = current_pager(app);

	if (pager)
		cursor_set(&pager->cursor, last ? SIZE_MAX : 0);
	else if (app->mode == MODE_LIST && last)
		view_select(&app->view, SIZE_MAX);
	else if (app->mode == MODE_LIST)
		view_home(&app->view);
}

static bool act_move(struct app *app, enum action action)
{
	long page = app_list_page(app);

	switch (action) {
	case ACTION_UP:
		move_by(app, -1);
		return true;
	case ACTION_DOWN:
		move_by(app, 1);
		return true;
	case ACTION_PAGE_UP:
		move_by(app, -page);
		return true;
	case ACTION_PAGE_DOWN:
		move_by(app, page);
		return true;
	case ACTION_HOME:
	case ACTION_END:
		move_to_end(app, action == ACTION_END);
		return true;
	default:
		return false;
	}
}

void act_view(struct app *app, enum view_kind view)
{
	app->view.kind = view;
	app->mode = MODE_LIST;
	app_keep_settings(app);
	app_want(app);
}

void act_incidents(struct app *app)
{
	app->mode = MODE_INCIDENTS;
	app_want(app);
}

static bool act_on_view(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_PROCESSES:
		act_view(app, VIEW_PROCESSES);
		return true;
	case ACTION_UNITS:
		act_view(app, VIEW_UNITS);
		return true;
	case ACTION_CONTAINERS:
		act_view(app, VIEW_CONTAINERS);
		return true;
	case ACTION_SITES:
		act_view(app, VIEW_SITES);
		return true;
	case ACTION_NEXT_VIEW:
		act_view(app, (app->view.kind + 1) % VIEW_COUNT);
		return true;
	case ACTION_INCIDENTS:
		act_incidents(app);
		return true;
	default:
		return false;
	}
}

/* The next of the columns that are shown. */
static void sort_beside(struct app *app, int step)
{
	enum view_kind view = app->view.kind;
	size_t count = app->settings.column_count[view];
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		if (app->settings.columns[view][i].id == app->view.sort[view])
			at = i;
	at = (at + count + (size_t)step) % count;
	app->view.sort[view] = app->settings.columns[view][at].id;
	app_keep_settings(app);
}

static void open_menu(struct app *app, enum mode mode)
{
	app->mode = mode;
	app->menu = (struct cursor){0};
	if (mode == MODE_COLUMNS)
		menu_complete(app);
}

static bool act_on_order(struct app *app, enum action action)
{
	enum view_kind view = app->view.kind;

	switch (action) {
	case ACTION_SORT:
		open_menu(app, MODE_SORT);
		return true;
	case ACTION_COLUMNS:
		open_menu(app, MODE_COLUMNS);
		return true;
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT:
		sort_beside(app, action == ACTION_SORT_LEFT ? -1 : 1);
		return true;
	case ACTION_REVERSE:
		app->view.reverse[view] = !app->view.reverse[view];
		app_keep_settings(app);
		return true;
	case ACTION_TREE:
		app->view.tree = !app->view.tree;
		app_keep_settings(app);
		return true;
	default:
		return false;
	}
}

static void track(struct app *app)
{
	const struct row *row = app_process(app);
	bool wanted;

	if (!row) {
		app_say(app, true, "no process is selected");
		return;
	}
	wanted = !row->tracked;
	if (!fetch_track(app->fetch, row->pid, wanted)) {
		app_say(app, true, "fdwatchd has not answered what was asked before");
		return;
	}
	app_say(app, false, "%s %d ...", wanted ? "tracking" : "untracking", row->pid);
	orders_add(&app->orders, row->pid, wanted, app_now());
	orders_apply(&app->orders, app->view.rows, app_now());
}

void act_interval(struct app *app, double seconds)
{
	if (seconds < SETTINGS_INTERVAL_LEAST)
		seconds = SETTINGS_INTERVAL_LEAST;
	if (seconds > SETTINGS_INTERVAL_MOST)
		seconds = SETTINGS_INTERVAL_MOST;
	app->settings.interval = seconds;
	app->settings_changed = true;
	app_say(app, false, "looks every %g s", seconds);
	app_want(app);
}

/* 0.1, 0.2, 0.5, 1, 2, 5, … */
static void change_interval(struct app *app, bool faster)
{
	static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60};
	size_t count = sizeof(steps) / sizeof(steps[0]);
	double now = app->settings.interval;

	for (size_t i = 0; i < count; i++) {
		double step = faster ? steps[count - 1 - i] : steps[i];

		if (faster ? step < now * 0.99 : step > now * 1.01) {
			act_interval(app, step);
			return;
		}
	}
}

static void act_follow(struct app *app)
{
	view_follow(&app->view);
	if (app->view.follows)
		app_say(app, false, "following %d; f again ends it", app->view.followed_pid);
	else
		app_say(app, false, "following nobody");
}

static void act_clear(struct app *app)
{
	if (app->view.filter[0])
		app->view.filter[0] = '\0';
	else if (app->view.follows)
		act_follow(app);
	else
		app_say(app, false, "no filter and nobody followed; q quits");
}

static void act_freeze(struct app *app)
{
	app->wish.frozen = !app->wish.frozen;
	app_want(app);
}

static bool act_on_looks(struct app *app, enum action action)
{
	switch (action) {
	case ACTION_FOLLOW:
		act_follow(app);
		return true;
	case ACTION_CLEAR:
		act_clear(app);
		return true;
	case ACTION_FREEZE:
		act_freeze(app);
		return true;
	case ACTION_TRACK:
		track(app);
		return true;
	case ACTION_FASTER:
	case ACTION_SLOWER:
		change_interval(app, action == ACTION_FASTER);
		return true;
	case ACTION_REFRESH:
		clearok(stdscr, TRUE);
		fetch_now(app->fetch);
		return true;
	case ACTION_MOUSE:
		display_take_mouse(&app->display, !app->display.mouse);
		app_keep_settings(app);
		app_say(app, false,
			app->display.mouse ? "the mouse acts here"
					   : "the mouse is the terminal's: to mark and copy");
		return true;
	default:
		return false;
	}
}

static void zoom(struct app *app, bool in)
{
	struct detail *detail = &app->detail;
	double all =
		detail->count > 1 ? detail->points[detail->count - 1].t - detail->points[0].t : 0;
	double span = detail->span > 0 ? detail->span : all;

	span = in ? span / 2 : span * 2;
	if (span < ZOOM_LEAST)
		span = ZOOM_LEAST;
	detail->span = span >= all ? 0 : span;
}

/* The incident that the selected line tells of. */
static void open_marked(struct app *app, const struct pager *pager)
{
	const struct page_mark *mark = pager_marked(pager);

	app_open_incident(app, mark ? mark->subject : 0);
}

static bool act_in_detail(struct app *app, enum action action)
{
	struct detail *detail = &app->detail;

	switch (action) {
	case ACTION_NEXT_TAB:
		detail->tab = (detail->tab + 1) % TAB_COUNT;
		return true;
	case ACTION_PREVIOUS_TAB:
		detail->tab = (detail->tab + TAB_COUNT - 1) % TAB_COUNT;
		return true;
	case ACTION_ZOOM_IN:
	case ACTION_ZOOM_OUT:
		zoom(app, action == ACTION_ZOOM_IN);
		return true;
	case ACTION_OPEN_INCIDENT:
		if (detail->tab == TAB_INCIDENTS)
			open_marked(app, &detail->pages[TAB_INCIDENTS]);
		return true;
	case ACTION_BACK:
		detail_close(detail);
		app->mode = app->after_story && app->before_story != MODE_DETAIL ? MODE_STORY
										 : MODE_LIST;
		app->after_story = false;
		app_want(app);
		return true;
	default:
		return false;
	}
}

static void act_help(struct app *app)
{
	app->before = app->mode;
	app->mode = MODE_HELP;
	app->help.find[0] = '\0';
	help_make(&app->help);
	app->help.cursor = (struct cursor){0};
	pager_update(&app->help, (size_t)app_list_page(app));
}

static void act(struct app *app, enum action action)
{
	if (act_move(app, action) || act_on_looks(app, action))
		return;
	if (app->mode == MODE_DETAIL && act_in_detail(app, action))
		return;
	if (app->mode == MODE_LIST && (act_on_view(app, action) || act_on_order(app, action)))
		return;
	switch (action) {
	case ACTION_OPEN:
		app_open_process(app, view_selected(&app->view));
		app_want(app);
		break;
	case ACTION_FILTER:
		prompt_open(app, PROMPT_FILTER, "");
		break;
	case ACTION_PID:
		prompt_open(app, PROMPT_PID, "");
		break;
	case ACTION_INTERVAL:
		prompt_open(app, PROMPT_INTERVAL, "");
		break;
	case ACTION_HELP:
		act_help(app);
		break;
	case ACTION_QUIT:
		app->quit = true;
		break;
	default:
		break;
	}
}

static void leave_text(struct app *app)
{
	if (app->mode == MODE_HELP)
		app->mode = app->before;
	else
		app->mode = app->mode == MODE_STORY ? app->before_story : MODE_LIST;
	app_want(app);
}

/* Enter in a text: into what its line stands for, or out of it. */
static void enter_text(struct app *app)
{
	if (app->mode == MODE_INCIDENTS)
		open_marked(app, &app->incidents);
	else if (app->mode == MODE_STORY)
		app_open_whose(app);
	else
		leave_text(app);
}

/* Help and incidents. */
static void key_in_text(struct app *app, int key)
{
	enum action action = key_action(key, SCOPE_DETAIL);

	if (act_move(app, action))
		return;
	if (action == ACTION_FILTER)
		prompt_open(app, PROMPT_FILTER, "");
	else if (action == ACTION_QUIT)
		app->quit = true;
	else if (action == ACTION_HELP && app->mode != MODE_HELP)
		act_help(app);
	else if (action == ACTION_OPEN_INCIDENT)
		enter_text(app);
	else if (action == ACTION_REFRESH || action == ACTION_FREEZE || action == ACTION_MOUSE)
		act_on_looks(app, action);
	else if (action == ACTION_BACK || action == ACTION_HELP ||
		 (key == 'i' && app->mode == MODE_INCIDENTS))
		leave_text(app);
}

static void key_in_list(struct app *app, int key)
{
	char digit[] = {(char)key, 0};

	if (key >= '0' && key <= '9' && app->mode == MODE_LIST)
		prompt_open(app, PROMPT_PID, digit);
	else if (key >= '1' && key < '1' + TAB_COUNT && app->mode == MODE_DETAIL)
		app->detail.tab = (enum tab)(key - '1');
	else
		act(app, key_action(key, app->mode == MODE_DETAIL ? SCOPE_DETAIL : SCOPE_LIST));
}

void app_key(struct app *app, int key)
{
	app->message_until = 0;
	if (key == KEY_RESIZE)
		return;
	if (key == KEY_MOUSE)
		mouse_act(app);
	else if (app->prompt != PROMPT_NONE)
		prompt_key(app, key);
	else if (app->mode == MODE_SORT || app->mode == MODE_COLUMNS)
		menu_key(app, key);
	else if (app->mode == MODE_HELP || app->mode == MODE_INCIDENTS || app->mode == MODE_STORY)
		key_in_text(app, key);
	else
		key_in_list(app, key);
}
