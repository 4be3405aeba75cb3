// SPDX-License-Identifier: BSD-2-Clause
/* The menus: what to sort by, and which columns there are. */
#include <curses.h>
#include <string.h>

#include "top/act.h"
#include "top/draw.h"
#include "top/keys.h"

#define ESCAPE 27

void menu_complete(struct app *app)
{
	struct shown_column *columns = app->settings.columns[app->view.kind];
	size_t count = app->settings.column_count[app->view.kind];
	bool shown[COLUMN_COUNT] = {false};

	for (size_t i = 0; i < count; i++)
		shown[columns[i].id] = true;
	for (enum column_id id = 0; id < COLUMN_COUNT; id++)
		if (!shown[id])
			columns[count++] = (struct shown_column){.id = id};
}

static void swap(struct shown_column *columns, size_t one, size_t other)
{
	struct shown_column kept = columns[one];

	columns[one] = columns[other];
	columns[other] = kept;
}

/* Shown columns stand before the others. */
static void toggle(struct app *app)
{
	struct shown_column *columns = app->settings.columns[app->view.kind];
	size_t *count = &app->settings.column_count[app->view.kind];
	size_t at = app->menu.at;
	struct shown_column chosen = columns[at];

	if (at < *count && *count == 1) {
		app_say(app, true, "one column must stay");
		return;
	}
	if (at < *count) {
		memmove(&columns[at], &columns[at + 1], (*count - at - 1) * sizeof(*columns));
		columns[--*count] = chosen;
		return;
	}
	memmove(&columns[*count + 1], &columns[*count], (at - *count) * sizeof(*columns));
	columns[(*count)++] = chosen;
	cursor_set(&app->menu, *count - 1);
}

static void shift(struct app *app, int step)
{
	struct shown_column *columns = app->settings.columns[app->view.kind];
	size_t count = app->settings.column_count[app->view.kind];
	size_t at = app->menu.at;

	if (at >= count || (step < 0 && at == 0) || (step > 0 && at + 1 >= count))
		return;
	swap(columns, at, at + (size_t)step);
	cursor_move(&app->menu, step);
}

static void resize(struct app *app, int step)
{
	struct shown_column *column = &app->settings.columns[app->view.kind][app->menu.at];
	int width = column->width ? (int)column->width : (int)column_infos[column->id].width;

	width += step;
	if (width >= 1 && width <= SETTINGS_WIDTH_MOST)
		column->width = (unsigned int)width;
}

static void key_in_columns(struct app *app, int key)
{
	switch (key) {
	case ' ':
		toggle(app);
		break;
	case 'K':
	case KEY_SR:
		shift(app, -1);
		break;
	case 'J':
	case KEY_SF:
		shift(app, 1);
		break;
	case '+':
	case '=':
	case KEY_RIGHT:
		resize(app, 1);
		break;
	case '-':
	case KEY_LEFT:
		resize(app, -1);
		break;
	default:
		return;
	}
	app_keep_settings(app);
}

static void choose(struct app *app)
{
	enum view_kind view = app->view.kind;

	if (app->mode == MODE_SORT) {
		app->view.sort[view] = app->settings.columns[view][app->menu.at].id;
		app_keep_settings(app);
	}
	app->mode = MODE_LIST;
}

void menu_key(struct app *app, int key)
{
	size_t count =
		app->mode == MODE_SORT ? app->settings.column_count[app->view.kind] : COLUMN_COUNT;
	enum action action = key_action(key, SCOPE_DETAIL);

	cursor_fit(&app->menu, count, (size_t)app_list_page(app));
	if (key == '\n' || key == '\r' || key == KEY_ENTER)
		choose(app);
	else if (key == ESCAPE || key == 'q')
		app->mode = MODE_LIST;
	else if (action == ACTION_UP)
		cursor_move(&app->menu, -1);
	else if (action == ACTION_DOWN)
		cursor_move(&app->menu, 1);
	else if (action == ACTION_HOME)
		cursor_set(&app->menu, 0);
	else if (action == ACTION_END)
		cursor_set(&app->menu, SIZE_MAX);
	else if (action == ACTION_QUIT)
		app->quit = true;
	else if (app->mode == MODE_COLUMNS)
		key_in_columns(app, key);
}
