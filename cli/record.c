// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch record: what the daemon sees of one process, as a trace. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "options.h"
#include "safe.h"

static const char help[] =
	"Usage: fdwatch record PID [--json]\n"
	"Prints a trace of one process, a line for each time the daemon looks, until\n"
	"interrupted or the process ends.\n"
	"\n"
	"  --json         print the daemon's objects as they come, one a line\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"The trace is CSV: t_seconds,live,limit,opened,closed. Seconds are since boot;\n"
	"a limit may be 'unlimited'. fdwatchd --backtest FILE forecasts over it.\n";

struct recorder {
	const struct context *context;
	bool begun;
};

static void print_total(const json_t *total, char end)
{
	if (json_is_integer(total))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(total));
	putchar(end);
}

static int print_sample(const char *line, size_t length)
{
	json_auto_t *sample = json_loadb(line, length, 0, NULL);
	const json_t *limit = json_object_get(sample, "limit");

	if (!json_is_number(json_object_get(sample, "t_seconds")) ||
	    !json_is_integer(json_object_get(sample, "live")))
		return -EBADMSG;
	printf("%.6f,%" JSON_INTEGER_FORMAT ",",
	       json_number_value(json_object_get(sample, "t_seconds")),
	       json_integer_value(json_object_get(sample, "live")));
	if (json_is_integer(limit))
		printf("%" JSON_INTEGER_FORMAT ",", json_integer_value(limit));
	else
		fputs("unlimited,", stdout);
	print_total(json_object_get(sample, "opened"), ',');
	print_total(json_object_get(sample, "closed"), '\n');
	return 0;
}

static int take_line(const char *line, size_t length, void *data)
{
	struct recorder *recorder = data;
	int error = 0;

	if (recorder->context->json) {
		fwrite(line, 1, length, stdout);
	} else {
		if (!recorder->begun)
			puts("t_seconds,live,limit,opened,closed");
		error = print_sample(line, length);
	}
	recorder->begun = true;
	if (error == 0 && fflush(stdout) != 0)
		error = -ECANCELED; /* nobody reads on */
	return error;
}

static int record(const struct context *context, int64_t pid)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	struct recorder recorder = {.context = context};
	char path[64];
	int error;

	snprintf(path, sizeof(path), "/v1/processes/%" PRId64 "/samples?follow=1", pid);
	error = client_follow(context->socket_path, path, take_line, &recorder, &response);
	switch (error) {
	case 0: /* the process has ended, or there is none */
		return response_check(&response);
	case -ECANCELED:
		return EXIT_DONE;
	case -EBADMSG:
		return response_strange();
	case -ECONNRESET:
		complain("fdwatchd has ended the stream on %s: it stops or restarts; try again",
			 context->socket_path);
		return EXIT_UNREACHABLE;
	default:
		return client_failed(error, context->socket_path);
	}
}

int command_record(struct context *context, int argc, char **argv)
{
	int64_t pid;
	int status = options_only_pid(context, argc, argv, help, &pid);

	return status == OPTIONS_END ? record(context, pid) : status;
}
