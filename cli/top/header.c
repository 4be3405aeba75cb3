// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "format.h"
#include "top/draw.h"

#define HOST_NAME_SIZE 65
#define ALARMS_LEFT 8

static const char *duration(const json_t *object, const char *key, char text[static FORMAT_SIZE])
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? format_duration(json_number_value(value), text) : "-";
}

/* What goes wrong, or what the user has set up, right of the name. */
static void put_situation(struct app *app, int x)
{
	struct display *display = &app->display;
	char text[FORMAT_SIZE];
	int width = display->width - x;

	if (app->failing_since > 0) {
		display_format(
			display, 0, x, width, STYLE_EXHAUSTED,
			" fdwatchd is away for %s: %s; trying again ",
			format_duration((double)(long)(app_now() - app->failing_since), text),
			fetch_problem(app->error));
		return;
	}
	if (app->wish.frozen)
		x += 1 + display_string(display, 0, x, width, STYLE_WARNING, "FROZEN, z goes on");
	if (app->view.follows)
		x += 1 + display_format(display, 0, x, display->width - x, STYLE_STRONG,
					app->view.follow_ended ? "followed %d has ended"
							       : "following %d",
					app->view.followed_pid);
	if (app->view.filter[0])
		display_format(display, 0, x, display->width - x, STYLE_STRONG, "filter: %s",
			       app->view.filter);
}

static void put_name(struct app *app)
{
	struct display *display = &app->display;
	char host[HOST_NAME_SIZE] = "";
	char clock[16];
	time_t now = time(NULL);
	struct tm local;
	int x;

	gethostname(host, sizeof(host) - 1);
	localtime_r(&now, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	x = display_string(display, 0, 0, display->width, STYLE_STRONG, "fdwatch ");
	if (display->width >= 70) {
		x += display_string(display, 0, x, 30, STYLE_PLAIN, host);
		x += 1 + display_format(display, 0, x + 1, 20, STYLE_DIM, "%s every %gs ", clock,
					app->settings.interval);
	}
	put_situation(app, x);
}

static void put_host(struct app *app, int y)
{
	struct display *display = &app->display;
	const json_t *host = json_object_get(app->status, "system");
	json_int_t allocated = json_integer_value(json_object_get(host, "allocated"));
	json_int_t maximum = json_integer_value(json_object_get(host, "maximum"));
	double part = maximum > 0 ? (double)allocated / (double)maximum : 0;
	enum style style = part >= 0.95 ? STYLE_CRITICAL : part >= 0.8 ? STYLE_WARNING : STYLE_BAR;
	char percent[FORMAT_SIZE];
	int x = display_string(display, y, 0, 10, STYLE_TITLE, "Host");

	x = x < 8 ? 8 : x;
	if (!host)
		return;
	if (maximum == INT64_MAX) { /* most kernels set the largest number there is */
		display_format(display, y, x, display->width - x, STYLE_PLAIN,
			       "%" JSON_INTEGER_FORMAT " descriptors of all processes, no limit",
			       allocated);
		return;
	}
	display_bar(display, y, x, 20, style, part);
	display_format(display, y, x + 21, display->width - x - 21, STYLE_PLAIN,
		       "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " (fs.file-max), %s",
		       allocated, maximum, format_percent(part, percent));
}

/* "3 critical, 1 warning, …": the worst first, and only those there are. */
static void put_states(struct app *app, int y, bool brief)
{
	struct display *display = &app->display;
	const struct view *view = &app->view;
	size_t all = view->rows ? view->rows->count : 0;
	int x = 0;

	if (!brief) {
		display_string(display, y, 0, 8, STYLE_TITLE, "State");
		x = 8;
	}
	for (int state = STATE_COUNT - 1; state >= 0; state--) {
		if (view->states[state] == 0)
			continue;
		x += display_format(display, y, x, display->width - x,
				    display_state((enum state)state), "%zu %s", view->states[state],
				    state_name((enum state)state));
		x += display_string(display, y, x, display->width - x, STYLE_PLAIN, "  ");
	}
	display_format(display, y, x, display->width - x, STYLE_DIM, "%zu processes", all);
}

static void put_daemon(struct app *app, int y)
{
	struct display *display = &app->display;
	const json_t *status = app->status;
	json_int_t lost = json_integer_value(json_object_get(status, "lost_events_total"));
	json_int_t drift = json_integer_value(json_object_get(status, "drift_total"));
	char one[FORMAT_SIZE], two[FORMAT_SIZE], three[FORMAT_SIZE];
	int x = 8;

	display_string(display, y, 0, 8, STYLE_TITLE, "Daemon");
	if (!status)
		return;
	x += display_format(display, y, x, display->width - x, STYLE_PLAIN,
			    "up %s, polls every %s (%s CPU), %" JSON_INTEGER_FORMAT " tracked, ",
			    duration(status, "uptime_seconds", one),
			    duration(status, "interval_seconds", two),
			    duration(status, "poll_seconds", three),
			    json_integer_value(json_object_get(status, "tracked")));
	x += display_format(display, y, x, display->width - x,
			    lost > 0 ? STYLE_WARNING : STYLE_PLAIN,
			    "%" JSON_INTEGER_FORMAT " events lost", lost);
	display_format(display, y, x, display->width - x, STYLE_PLAIN,
		       ", drift %" JSON_INTEGER_FORMAT "%s", drift,
		       json_is_false(json_object_get(status, "persistent")) ? ", not persistent"
									    : "");
}

static enum style alarm_style(const json_t *alarm)
{
	const char *state = json_string_value(json_object_get(alarm, "state"));
	enum state known = state ? state_parse(state, strlen(state)) : STATE_OK;

	return known < STATE_COUNT && known >= STATE_WARNING ? display_state(known) : STYLE_WARNING;
}

/* Those of one process (0: of all), as many as there is room for. Returns where the room begins. */
static int put_alarms_of(struct app *app, int y, int x, int32_t pid)
{
	struct display *display = &app->display;
	char text[ALARM_TEXT_SIZE];

	for (size_t i = json_array_size(app->alarms); i-- > 0;) {
		const json_t *alarm = alarms_headline(app->alarms, i);
		json_int_t whose = json_integer_value(json_object_get(alarm, "pid"));
		bool apart = app->mode == MODE_DETAIL && whose == app->detail.pid;

		if (!alarm || apart != (pid != 0))
			continue;
		alarm_describe(alarm, time(NULL), text, sizeof(text));
		if (x > ALARMS_LEFT && x + (int)strlen(text) > display->width)
			return display->width;
		x += 2 +
		     display_string(display, y, x, display->width - x, alarm_style(alarm), text);
	}
	return x;
}

static void put_alarms(struct app *app, int y)
{
	struct display *display = &app->display;
	int x = ALARMS_LEFT;

	display_string(display, y, 0, x, STYLE_TITLE, "Alarms");
	if (json_array_size(app->alarms) == 0)
		display_string(display, y, x, display->width - x, STYLE_DIM, "none");
	if (app->mode == MODE_DETAIL)
		x = put_alarms_of(app, y, x, app->detail.pid);
	put_alarms_of(app, y, x, 0);
}

int draw_header_lines(int height)
{
	return height >= 18 ? 5 : height >= 10 ? 3 : 1;
}

void draw_header(struct app *app)
{
	int lines = draw_header_lines(app->display.height);

	if (lines == 1) {
		if (app->failing_since > 0 || app->wish.frozen || app->view.filter[0] ||
		    app->view.follows)
			put_situation(app, 0);
		else
			put_states(app, 0, true);
		return;
	}
	put_name(app);
	if (lines == 3) {
		put_states(app, 1, false);
		put_alarms(app, 2);
		return;
	}
	put_host(app, 1);
	put_states(app, 2, false);
	put_daemon(app, 3);
	put_alarms(app, 4);
}
