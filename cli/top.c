// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch top: every process at a glance, and one in depth. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "options.h"
#include "safe.h"
#include "top/dumb.h"
#include "top/loop.h"
#include "top/once.h"

/* What each look takes this much of goes back to the system with it, from whichever thread. */
#define LARGE_BYTES 131072

static const char help[] =
	"Usage: fdwatch top [--once] [--view VIEW] [--interval SECONDS] [--json]\n"
	"Shows the processes you may see, the most endangered first, as they change.\n"
	"Enter opens one; ? shows every key.\n"
	"\n"
	"  --once              print the list and end; so also where no screen can be shown.\n"
	"                      Nothing that is kept changes it: scripts may rely on it\n"
	"  --view VIEW         begin with processes, units, containers or sites; with --once\n"
	"                      print these\n"
	"  --interval SECONDS  between looks, 0.1 to 60; with --once between the two that\n"
	"                      rates are of, 2 at most\n"
	"  --json              with --once: print the daemon's answer as it came\n"
	"  --socket PATH       the daemon's socket\n"
	"\n"
	"What you choose by keys is kept in fdwatch/top.json below $XDG_CONFIG_HOME, or\n"
	"~/.config where that is not set. NO_COLOR holds.\n";

struct wanted {
	bool once;
	double interval;     /* 0: as kept */
	enum view_kind view; /* VIEW_COUNT: as kept */
};

static int take_view(struct wanted *wanted, const char *name)
{
	for (wanted->view = 0; wanted->view < VIEW_COUNT; wanted->view++)
		if (strcmp(name, settings_view_name(wanted->view)) == 0)
			return EXIT_DONE;
	complain("--view wants processes, units, containers or sites, not '%s'", name);
	return EXIT_USAGE;
}

static int take_interval(struct wanted *wanted, const char *text)
{
	char *end;

	wanted->interval = strtod(text, &end);
	if (end != text && !*end && wanted->interval >= SETTINGS_INTERVAL_LEAST &&
	    wanted->interval <= SETTINGS_INTERVAL_MOST)
		return EXIT_DONE;
	complain("--interval wants seconds from %g to %g, not '%s'", SETTINGS_INTERVAL_LEAST,
		 SETTINGS_INTERVAL_MOST, text);
	return EXIT_USAGE;
}

/* An exit status, or -1 to go on. */
static int take_options(struct context *context, int argc, char **argv, struct wanted *wanted)
{
	static const struct option list[] = {
		{"once", no_argument, NULL, 'o'},
		{"view", required_argument, NULL, 'v'},
		{"interval", required_argument, NULL, 'i'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	int status = EXIT_DONE;
	int option;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option == 'o')
			wanted->once = true;
		else if (option == 'v')
			status = take_view(wanted, optarg);
		else if (option == 'i')
			status = take_interval(wanted, optarg);
		else
			return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
		if (status != EXIT_DONE)
			return status;
	}
	return options_operands(argc, argv, 0, "") == EXIT_DONE ? -1 : EXIT_USAGE;
}

/* Who cannot be reached is told of before the screen is taken; what comes later is told there. */
static int check_daemon(const struct context *context)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	int error = client_get(context->socket_path, "/v1/status", &response);

	return error < 0 ? client_failed(error, context->socket_path) : response_check(&response);
}

static void read_settings(struct app *app)
{
	int error;

	settings_default(&app->settings);
	app->settings_path = settings_path();
	if (!app->settings_path)
		return;
	error = settings_read(&app->settings, app->settings_path);
	if (error < 0)
		app_say(app, true, "%s is not read: %s", app->settings_path,
			error == -EBADMSG ? "it is no JSON object" : strerror(-error));
}

/* What an option chose is for this time only. */
static void write_settings(struct app *app, const struct wanted *wanted,
			   const struct settings *kept)
{
	int error;

	if (!app->settings_changed || !app->settings_path)
		return;
	if (app->settings.interval == wanted->interval)
		app->settings.interval = kept->interval;
	if (app->settings.view == wanted->view)
		app->settings.view = kept->view;
	error = settings_write(&app->settings, app->settings_path);
	if (error < 0)
		complain("what you have chosen cannot be kept in %s: %s", app->settings_path,
			 strerror(-error));
}

static void apply_settings(struct app *app, const struct wanted *wanted)
{
	if (wanted->interval > 0)
		app->settings.interval = wanted->interval;
	if (wanted->view != VIEW_COUNT)
		app->settings.view = wanted->view;
	app->view.kind = app->settings.view;
	app->view.tree = app->settings.tree;
	memcpy(app->view.sort, app->settings.sort, sizeof(app->view.sort));
	memcpy(app->view.reverse, app->settings.reverse, sizeof(app->view.reverse));
}

static int run(struct app *app, const struct context *context)
{
	struct wish wish = {.interval = app->settings.interval,
			    .sites = app->view.kind == VIEW_SITES};
	int error;

	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	error = fetch_start(&app->fetch, context->socket_path, &wish);
	if (error < 0) {
		complain("cannot start asking: %s", strerror(-error));
		return EXIT_FAILED;
	}
	app->wish = wish;
	if (!display_open(&app->display, app->settings.mouse)) {
		complain("TERM='%s' is no terminal that is known here: set TERM, or try --once",
			 getenv("TERM") ? getenv("TERM") : "");
		fetch_stop(app->fetch);
		return EXIT_FAILED;
	}
	error = loop_run(app);
	display_close(&app->display);
	fetch_stop(app->fetch);
	if (error < 0)
		complain("the terminal cannot be read: %s", strerror(-error));
	return error < 0 ? EXIT_FAILED : EXIT_DONE;
}

static void release(struct app *app)
{
	view_free(&app->view);
	detail_close(&app->detail);
	pager_free(&app->help);
	pager_free(&app->incidents);
	story_close(&app->story);
	json_decref(app->status);
	json_decref(app->alarms);
	json_decref(app->incident_list);
	free(app->settings_path);
}

static int print_json(const struct response *response)
{
	(void)response; /* is printed as it came */
	return EXIT_DONE;
}

static int run_on_terminal(struct app *app, const struct context *context,
			   const struct wanted *wanted)
{
	struct settings kept;
	int status = check_daemon(context);

	if (status != EXIT_DONE)
		return status;
	read_settings(app);
	kept = app->settings;
	apply_settings(app, wanted);
	status = run(app, context);
	write_settings(app, wanted, &kept);
	return status;
}

/* Scripts are to get the same today and tomorrow, whatever was chosen by keys in between. */
static int run_once(struct app *app, const struct context *context, const struct wanted *wanted)
{
	settings_default(&app->settings);
	apply_settings(app, wanted);
	return once_print(context, &app->settings);
}

int command_top(struct context *context, int argc, char **argv)
{
	struct wanted wanted = {.view = VIEW_COUNT};
	static struct app app;
	int status = take_options(context, argc, argv, &wanted);

	if (status >= 0)
		return status;
	if (context->json)
		return client_ask(context, "/v1/processes", print_json);
	view_init(&app.view);
	app.alarms = json_array();
	if (wanted.once || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || dumb_terminal())
		status = run_once(&app, context, &wanted);
	else
		status = run_on_terminal(&app, context, &wanted);
	release(&app);
	return status;
}
