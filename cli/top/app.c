// SPDX-License-Identifier: BSD-2-Clause
#include "top/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

double app_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void app_say(struct app *app, bool bad, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(app->message, sizeof(app->message), format, arguments);
	va_end(arguments);
	app->message_bad = bad;
	app->message_until = app_now() + MESSAGE_SECONDS;
}

static void take_alarms(struct app *app, const json_t *alarms)
{
	json_t *alarm;
	size_t i;

	json_array_foreach (alarms, i, alarm)
		alarms_add(app->alarms, alarm);
	app->detail.width = app->story.width = 0;
}

static void take_round(struct app *app, const struct news *news)
{
	if (news->error == 0) {
		if (app->failing_since > 0)
			app_say(app, false, "fdwatchd is back");
		app->failing_since = 0;
	} else if (app->failing_since == 0) {
		app->failing_since = app_now();
	}
	app->error = news->error;
}

static void take_rows(struct app *app, struct news *news)
{
	bool had_ended = app->view.follow_ended;
	const struct row *row = NULL;

	orders_apply(&app->orders, news->rows, app_now());
	view_take_rows(&app->view, news->rows);
	news->rows = NULL;
	if (app->view.follow_ended && !had_ended)
		app_say(app, true, "%d, which was followed, has ended", app->view.followed_pid);
	if (app->detail.pid) {
		row = rows_find(app->view.rows, (uint64_t)(uint32_t)app->detail.pid);
		detail_look(&app->detail, row, app->view.rows->polled);
	}
}

static void take_incidents(struct app *app, struct news *news)
{
	if (!news->incidents_status)
		return;
	app->incidents_status = news->incidents_status;
	json_decref(app->incident_list);
	app->incident_list = news->incidents;
	news->incidents = NULL;
	app->detail.width = 0;
}

static void take_story(struct app *app, struct news *news)
{
	bool was_final = story_is_final(&app->story);

	story_take(&app->story, news);
	if (!was_final && story_is_final(&app->story))
		app_want(app); /* no more of it */
}

void app_take(struct app *app, struct news *news)
{
	if (news->round)
		take_round(app, news);
	if (news->rows)
		take_rows(app, news);
	if (news->status) {
		json_decref(app->status);
		app->status = news->status;
		news->status = NULL;
	}
	take_alarms(app, news->alarms);
	take_incidents(app, news);
	if (news->sites_status)
		app->sites_status = news->sites_status;
	if (news->sites) {
		view_take_sites(&app->view, news->sites);
		news->sites = NULL;
	}
	detail_take(&app->detail, news);
	take_story(app, news);
	if (news->refused_pid)
		orders_drop(&app->orders, news->refused_pid);
	if (news->told)
		app_say(app, news->refused, "%s", news->told);
	news_clear(news);
}

void app_want(struct app *app)
{
	enum mode mode = app->mode == MODE_HELP ? app->before : app->mode;

	app->wish.interval = app->settings.interval;
	app->wish.sites = app->view.kind == VIEW_SITES && mode == MODE_LIST;
	app->wish.incidents = mode == MODE_INCIDENTS || mode == MODE_DETAIL;
	app->wish.incident = mode == MODE_STORY && !story_is_final(&app->story) ? app->story.id : 0;
	app->wish.pid = mode == MODE_DETAIL ? app->detail.pid : 0;
	fetch_wish(app->fetch, &app->wish);
}

void app_keep_settings(struct app *app)
{
	struct settings *settings = &app->settings;

	settings->tree = app->view.tree;
	settings->view = app->view.kind;
	settings->mouse = app->display.mouse;
	memcpy(settings->sort, app->view.sort, sizeof(settings->sort));
	memcpy(settings->reverse, app->view.reverse, sizeof(settings->reverse));
	app->settings_changed = true;
}

static void update_text(struct app *app)
{
	struct detail *detail = &app->detail;
	size_t width = (size_t)app->display.width;
	size_t page = (size_t)app_list_page(app);

	if (app->mode == MODE_INCIDENTS) {
		incidents_page(&app->incidents, app->incident_list, app->incidents_status,
			       app->alarms, 0, width);
		pager_update(&app->incidents, page);
	}
	if (app->mode == MODE_STORY) {
		story_render(&app->story, app->alarms, width);
		pager_update(&app->story.page, page);
	}
	if (app->mode == MODE_HELP)
		pager_update(&app->help, page);
	if (app->mode != MODE_DETAIL)
		return;
	detail_render(detail, width, app->incident_list, app->incidents_status, app->alarms);
	for (enum tab tab = 0; tab < TAB_COUNT; tab++) {
		size_t headings = detail->pages[tab].headings;

		pager_update(&detail->pages[tab], page > headings ? page - headings : 1);
	}
}

void app_update(struct app *app)
{
	int page = app_list_page(app);

	view_update(&app->view, page > 0 ? (size_t)page : 1);
	update_text(app);
}

const struct row *app_process(const struct app *app)
{
	const struct row *row = NULL;

	if (!app->view.rows)
		return NULL;
	if (app->mode == MODE_DETAIL)
		row = rows_find(app->view.rows, (uint64_t)(uint32_t)app->detail.pid);
	else if ((row = view_selected(&app->view)) && app->view.kind != VIEW_PROCESSES)
		row = rows_find(app->view.rows, (uint64_t)(uint32_t)row->pid);
	return row;
}

void app_open_process(struct app *app, const struct row *row)
{
	const struct row *process;

	if (!row || !app->view.rows)
		return;
	process = rows_find(app->view.rows, (uint64_t)(uint32_t)row->pid);
	if (!process) {
		app_say(app, true, "%d has ended", row->pid);
		return;
	}
	app->after_story = app->mode == MODE_STORY && app->before_story != MODE_DETAIL;
	detail_open(&app->detail, process, app->view.rows->polled);
	app->detail.tab = app->view.kind == VIEW_SITES ? TAB_SITES : TAB_OVERVIEW;
	app->mode = MODE_DETAIL;
}

void app_open_incident(struct app *app, uint64_t id)
{
	if (!id) {
		app_say(app, false, "no incident stands behind this line");
		return;
	}
	story_open(&app->story, id);
	app->before_story = app->mode;
	app->mode = MODE_STORY;
	app_want(app);
}

void app_open_whose(struct app *app)
{
	const json_t *incident = app->story.answer;
	json_int_t pid = json_integer_value(json_object_get(incident, "pid"));
	json_int_t start = json_integer_value(json_object_get(incident, "start_time"));
	const struct row *row = NULL;

	if (app->view.rows && pid > 0)
		row = rows_find(app->view.rows, (uint64_t)pid);
	if (!row || row->start_time != (uint64_t)start) {
		app_say(app, true, "its process has ended");
		return;
	}
	app_open_process(app, row);
	app_want(app);
}
