/* SPDX-License-Identifier: BSD-2-Clause */
/* All that fdwatch top holds while it runs. */
#ifndef FDWATCH_TOP_APP_H
#define FDWATCH_TOP_APP_H

#include "top/alarms.h"
#include "top/detail.h"
#include "top/display.h"
#include "top/fetch.h"
#include "top/incidents.h"
#include "top/orders.h"
#include "top/pager.h"
#include "top/settings.h"
#include "top/view.h"

#define PROMPT_SIZE FILTER_SIZE
#define MESSAGE_SIZE 256
#define MESSAGE_SECONDS 6.0

enum mode {
	MODE_LIST,
	MODE_DETAIL,
	MODE_INCIDENTS,
	MODE_STORY,
	MODE_HELP,
	MODE_SORT,
	MODE_COLUMNS,
};

/* What is being typed. */
enum prompt {
	PROMPT_NONE,
	PROMPT_FILTER,
	PROMPT_PID,
	PROMPT_INTERVAL,
};

struct app {
	struct display display;
	struct settings settings;
	char *settings_path; /* NULL: not kept */
	bool settings_changed;
	struct fetch *fetch;
	struct wish wish;
	struct view view;
	struct detail detail;
	struct pager help;
	struct pager incidents;
	struct story story;
	struct orders orders;
	json_t *status;
	json_t *alarms; /* the latest last */
	json_t *incident_list;
	long incidents_status;
	long sites_status;
	enum mode mode;
	enum mode before;       /* the help */
	enum mode before_story; /* the incident */
	bool after_story;       /* the process was opened from an incident of all */
	enum prompt prompt;
	char typed[PROMPT_SIZE];
	struct cursor menu;
	char message[MESSAGE_SIZE];
	double message_until;
	bool message_bad;
	int error;            /* of the last round */
	double failing_since; /* 0: it is well */
	double clicked_at;    /* for double clicks */
	int clicked_line;
	bool quit;
};

/* Seconds on a clock that rises. */
double app_now(void);

void app_say(struct app *app, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What has come from the daemon. */
void app_take(struct app *app, struct news *news);

/* Asks for what is shown from now on. */
void app_want(struct app *app);

/* The lines as they are to be shown now. */
void app_update(struct app *app);

/* One key of curses. */
void app_key(struct app *app, int key);

/* All of the screen. */
void app_draw(struct app *app);

/* Where the list begins, and how many lines it has. */
int app_list_top(const struct app *app);
int app_list_page(const struct app *app);

/*
 * The process that the keys are about: the one that is open, else the selected line's; of a group
 * its most endangered. NULL where there is none.
 */
const struct row *app_process(const struct app *app);

void app_open_process(struct app *app, const struct row *row);

/* The whole of one; 0: there is none to open, and the user is told. */
void app_open_incident(struct app *app, uint64_t id);

/* The process that the incident is about, where it still lives. */
void app_open_whose(struct app *app);
void app_keep_settings(struct app *app);

#endif
