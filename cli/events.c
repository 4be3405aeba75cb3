// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch events: what happened, and what happens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "event.h"
#include "options.h"
#include "safe.h"

static const char help[] =
	"Usage: fdwatch events [--follow] [--pid PID] [--type TYPE] [--json]\n"
	"Shows what happened to the processes you may see, the latest last.\n"
	"\n"
	"  --follow       show what happens from now on, until interrupted\n"
	"  --pid PID      only what is about this process\n"
	"  --type TYPE    only what is of this type, one of those below\n"
	"  --json         print the daemon's objects as they come, one a line\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"state      how near its end a process is has changed\n"
	"emfile     a descriptor was refused: a limit of the process or the user\n"
	"enfile     a descriptor was refused: a limit of the host\n"
	"threshold  80, 90 or 95 % of the soft limit are taken\n"
	"limit      the limit was changed\n"
	"exit       the process has ended\n"
	"lost       events came faster than they were read, and are missing here\n";

static const char *const types[] = {"state", "emfile", "enfile", "threshold", "limit", "exit"};

struct printer {
	const struct context *context;
	struct terminal terminal;
	int64_t pid;      /* 0: of all */
	const char *type; /* NULL: all */
};

/* What is missing may be what was asked for: it is told whatever that is. */
static bool is_wanted(const struct printer *printer, const json_t *event)
{
	const char *type = json_string_value(json_object_get(event, "type"));
	const json_t *pid = json_object_get(event, "pid");

	if (type && strcmp(type, "lost") == 0)
		return true;
	return (!printer->pid || json_integer_value(pid) == printer->pid) &&
	       (!printer->type || (type && strcmp(type, printer->type) == 0));
}

static int print_line(const char *line, size_t length, void *data)
{
	const struct printer *printer = data;
	json_auto_t *event = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
	int error = 0;

	if (!json_is_object(event))
		return -EBADMSG;
	if (!is_wanted(printer, event))
		return 0;
	if (printer->context->json)
		fwrite(line, 1, length, stdout);
	else
		error = event_print(event, stdout, &printer->terminal);
	if (error == 0 && fflush(stdout) != 0)
		error = -ECANCELED;
	return error;
}

static int print_history(struct printer *printer, struct response *response)
{
	struct stream stream = {.line = print_line, .data = printer};

	return client_stream(printer->context->socket_path, "/v1/events", &stream, response);
}

static int follow(struct printer *printer, struct response *response)
{
	int error = client_follow(printer->context->socket_path, "/v1/events?follow=1", print_line,
				  printer, response);

	/* A stream that follows has no end of its own. */
	return error == 0 && response->status == 200 ? -ECONNRESET : error;
}

static bool is_type(const char *text)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(text, types[i]) == 0)
			return true;
	return false;
}

/* An exit status; EXIT_DONE: go on. */
static int take_option(struct printer *printer, int option, bool *following)
{
	switch (option) {
	case 'f':
		*following = true;
		return EXIT_DONE;
	case 'p':
		return options_pid(optarg, &printer->pid);
	case 't':
		printer->type = optarg;
		if (is_type(optarg))
			return EXIT_DONE;
		complain("there is no event of type '%s'; fdwatch events --help lists the types",
			 optarg);
		return EXIT_USAGE;
	default:
		return EXIT_USAGE;
	}
}

int command_events(struct context *context, int argc, char **argv)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	static const struct option list[] = {
		{"follow", no_argument, NULL, 'f'},
		{"pid", required_argument, NULL, 'p'},
		{"type", required_argument, NULL, 't'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	struct printer printer = {.context = context, .terminal = terminal_look()};
	bool following = false;
	int option;
	int error;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option == OPTIONS_HELP)
			return EXIT_DONE;
		if (take_option(&printer, option, &following) != EXIT_DONE)
			return EXIT_USAGE;
	}
	if (options_operands(argc, argv, 0, "") != EXIT_DONE)
		return EXIT_USAGE;
	error = following ? follow(&printer, &response) : print_history(&printer, &response);
	if (error == -ECANCELED)
		return EXIT_DONE;
	if (error == -EBADMSG) {
		complain("fdwatchd told an event that is no JSON object: "
			 "do client and daemon have the same version?");
		return EXIT_FAILED;
	}
	if (error == -ECONNRESET && following) {
		complain("fdwatchd has ended the stream on %s: it stops or restarts; try again",
			 context->socket_path);
		return EXIT_UNREACHABLE;
	}
	return error < 0 ? client_failed(error, context->socket_path) : response_check(&response);
}
