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
	"Usage: fdwatch events [--follow] [--json]\n"
	"Shows what happened to the processes you may see, the latest last.\n"
	"\n"
	"  --follow       show what happens from now on, until interrupted\n"
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

struct printer {
	const struct context *context;
	struct terminal terminal;
};

static int print_line(const char *line, size_t length, void *data)
{
	const struct printer *printer = data;
	json_t *event;
	int error = 0;

	if (printer->context->json) {
		fwrite(line, 1, length, stdout);
	} else {
		event = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
		error = json_is_object(event) ? event_print(event, stdout, &printer->terminal)
					      : -EBADMSG;
		json_decref(event);
	}
	if (error == 0 && fflush(stdout) != 0)
		error = -ECANCELED;
	return error;
}

static int print_history(const struct context *context, struct response *response)
{
	struct printer printer = {.context = context, .terminal = terminal_look()};
	struct stream stream = {.line = print_line, .data = &printer};

	return client_stream(context->socket_path, "/v1/events", &stream, response);
}

static int follow(const struct context *context, struct response *response)
{
	struct printer printer = {.context = context, .terminal = terminal_look()};
	int error = client_follow(context->socket_path, "/v1/events?follow=1", print_line, &printer,
				  response);

	/* A stream that follows has no end of its own. */
	return error == 0 && response->status == 200 ? -ECONNRESET : error;
}

int command_events(struct context *context, int argc, char **argv)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	static const struct option list[] = {
		{"follow", no_argument, NULL, 'f'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	bool following = false;
	int option;
	int error;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option != 'f')
			return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
		following = true;
	}
	if (options_operands(argc, argv, 0, "") != EXIT_DONE)
		return EXIT_USAGE;
	error = following ? follow(context, &response) : print_history(context, &response);
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
