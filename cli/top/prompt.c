// SPDX-License-Identifier: BSD-2-Clause
/* What is typed: a filter that acts at once, a pid, an interval. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "top/act.h"
#include "top/draw.h"

#define ESCAPE 27
#define DELETE 127

/* What the filter filters: the list, or a text. */
static char *filter_of(struct app *app)
{
	switch (app->mode) {
	case MODE_HELP:
		return app->help.find;
	case MODE_INCIDENTS:
		return app->incidents.find;
	case MODE_STORY:
		return app->story.page.find;
	case MODE_DETAIL:
		return app->detail.pages[app->detail.tab].find;
	default:
		return app->view.filter;
	}
}

_Static_assert(PROMPT_SIZE == FILTER_SIZE && PROMPT_SIZE == PAGER_FIND_SIZE,
	       "what is typed fits where it goes");

/* Text that is searched shows from its first match on. */
static void apply_filter(struct app *app)
{
	memcpy(filter_of(app), app->typed, PROMPT_SIZE);
	if (app->mode == MODE_HELP)
		pager_update(&app->help, (size_t)app_list_page(app));
}

void prompt_open(struct app *app, enum prompt prompt, const char *text)
{
	app->prompt = prompt;
	memset(app->typed, 0, sizeof(app->typed)); /* what is added finds its end behind it */
	snprintf(app->typed, sizeof(app->typed), "%s", text);
	if (prompt != PROMPT_FILTER)
		return;
	if (app->mode == MODE_DETAIL && app->detail.tab < TAB_SITES)
		app->detail.tab = TAB_DESCRIPTORS; /* that is what can be searched */
	memcpy(app->typed, filter_of(app), PROMPT_SIZE);
}

static void finish(struct app *app)
{
	int64_t pid;
	double seconds;
	char *end;

	switch (app->prompt) {
	case PROMPT_PID:
		pid = options_number(app->typed, INT32_MAX);
		if (pid == 0 || !view_go_to_pid(&app->view, (int32_t)pid))
			app_say(app, true, "no process %s is shown here", app->typed);
		break;
	case PROMPT_INTERVAL:
		seconds = strtod(app->typed, &end);
		if (end == app->typed || *end || !(seconds > 0))
			app_say(app, true, "an interval is a number of seconds from %g to %g",
				SETTINGS_INTERVAL_LEAST, SETTINGS_INTERVAL_MOST);
		else
			act_interval(app, seconds);
		break;
	default:
		break;
	}
	app->prompt = PROMPT_NONE;
}

static void cancel(struct app *app)
{
	if (app->prompt == PROMPT_FILTER) {
		memset(app->typed, 0, sizeof(app->typed));
		apply_filter(app);
	}
	app->prompt = PROMPT_NONE;
}

/* The last character, which may be of several bytes. */
static void erase_last(char *typed)
{
	size_t length = strlen(typed);

	while (length > 0 && ((unsigned char)typed[length - 1] & 0xc0) == 0x80)
		length--;
	if (length > 0)
		length--;
	memset(typed + length, 0, PROMPT_SIZE - length);
}

static void add(struct app *app, int key)
{
	size_t length = strlen(app->typed);
	bool fits = length + 1 < PROMPT_SIZE;

	if (app->prompt != PROMPT_FILTER && !(key >= '0' && key <= '9') && key != '.')
		return;
	if (fits)
		app->typed[length] = (char)key;
}

void prompt_key(struct app *app, int key)
{
	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		finish(app);
		return;
	}
	if (key == ESCAPE) {
		cancel(app);
		return;
	}
	if (key == KEY_BACKSPACE || key == DELETE || key == '\b')
		erase_last(app->typed);
	else if (key == ('u' & 0x1f))
		memset(app->typed, 0, sizeof(app->typed));
	else if (key >= ' ' && key < 256)
		add(app, key);
	else if (key == KEY_UP || key == KEY_DOWN)
		finish(app);
	if (app->prompt == PROMPT_FILTER)
		apply_filter(app);
}
