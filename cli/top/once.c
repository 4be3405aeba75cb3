// SPDX-License-Identifier: BSD-2-Clause
#include "top/once.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "format.h"
#include "safe.h"
#include "top/round.h"
#include "top/view.h"

#define PAUSE_MOST 2.0 /* between the two looks that rates want */

static void pause_for(double seconds)
{
	struct timespec pause = {.tv_sec = (time_t)seconds};

	pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
	nanosleep(&pause, NULL);
}

static int look(const struct asker *asker, double max_age, struct view *view)
{
	struct rows *rows = NULL;
	int error = round_rows(asker, max_age, &rows);

	if (error == 0)
		view_take_rows(view, rows);
	return error;
}

static int look_at_sites(const struct asker *asker, struct view *view)
{
	struct rows *sites = NULL;
	int error = round_sites(asker, view->rows, &sites);

	if (error == 0)
		view_take_sites(view, sites);
	return error;
}

static void print_head(const struct view *view)
{
	size_t all = view->rows->count;

	printf("%zu processes", all);
	for (int state = STATE_COUNT - 1; state >= 0; state--)
		if (view->states[state] > 0)
			printf(", %zu %s", view->states[state], state_name((enum state)state));
	printf("\n\n");
}

static size_t make_columns(const struct settings *settings, enum view_kind kind,
			   struct column *columns, enum column_id *ids)
{
	size_t count = 0;

	for (size_t i = 0; i < settings->column_count[kind]; i++) {
		enum column_id id = settings->columns[kind][i].id;

		if (id == COLUMN_RECENT) /* two looks are no past */
			continue;
		ids[count] = id;
		columns[count++] = (struct column){
			.heading = view_heading(kind, id),
			.right = column_infos[id].right || id == COLUMN_USE,
			.drop = column_infos[id].drop,
			.shrink = column_infos[id].stretches ? 8 : 0,
		};
	}
	return count;
}

/* Why there are no lines. */
static int print_none(const struct view *view)
{
	puts(view->kind == VIEW_SITES ? "No process is tracked: fdwatch track PID finds where it "
					"opens what it holds."
				      : "None.");
	return EXIT_DONE;
}

static int print_lines(const struct view *view, const struct settings *settings)
{
	struct terminal terminal = terminal_look();
	struct column columns[COLUMN_COUNT];
	enum column_id ids[COLUMN_COUNT];
	size_t count = make_columns(settings, view->kind, columns, ids);
	struct table *table = table_new(columns, count);
	struct column_cell cell;
	int status;

	for (size_t i = 0; i < view->count; i++) {
		for (size_t j = 0; j < count; j++) {
			column_text(&cell, ids[j], view_rows(view), view->lines[i].row);
			table_put(table, cell.tone, cell.text);
		}
	}
	status = table_show(table, &terminal);
	table_free(table);
	return status;
}

int once_print(const struct context *context, const struct settings *settings)
{
	struct asker asker = {.socket_path = context->socket_path, .stop = {.fd = -1}};
	struct view view;
	int status = EXIT_FAILED;
	int error;

	view_init(&view);
	memcpy(view.sort, settings->sort, sizeof(view.sort));
	memcpy(view.reverse, settings->reverse, sizeof(view.reverse));
	view.kind = settings->view;
	error = look(&asker, 0, &view);
	if (error == 0) {
		pause_for(settings->interval < PAUSE_MOST ? settings->interval : PAUSE_MOST);
		error = look(&asker, settings->interval / 2, &view);
	}
	if (error == 0 && view.kind == VIEW_SITES)
		error = look_at_sites(&asker, &view);
	if (error == 0) {
		view_update(&view, 1);
		print_head(&view);
		status = view.failed       ? EXIT_FAILED
			 : view.count == 0 ? print_none(&view)
					   : print_lines(&view, settings);
	} else {
		status = client_failed(error, context->socket_path);
	}
	view_free(&view);
	return status;
}
