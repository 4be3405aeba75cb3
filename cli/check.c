// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch check: a plugin for monitoring systems. */
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "fdwatch/threshold.h"
#include "options.h"
#include "safe.h"
#include "verdict.h"

static const char help[] =
	"Usage: fdwatch check [--warning T] [--critical T]\n"
	"One line and an exit status as monitoring systems want them: 0 ok, 1 warning,\n"
	"2 critical, 3 unknown (the daemon is not reachable, or wrong usage).\n"
	"\n"
	"  --warning T    worry when a process or a shared limit is forecast to be full\n"
	"  --critical T   within T (6h, 15min, 90s), or is full by T of it (80%)\n"
	"  --json         print the daemon's list of processes; the exit status is the same\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"Without --warning and --critical the daemon's own states decide. A refused\n"
	"descriptor is critical. What the configuration silences is left out.\n";

static int unknown(const char *what)
{
	printf("FDWATCH UNKNOWN - %s\n", what);
	return VERDICT_UNKNOWN;
}

static int print(const struct context *context, const struct verdict_wanted *wanted,
		 const struct response *list, const struct response *status)
{
	json_auto_t *processes = response_json(list);
	json_auto_t *host = response_json(status);
	const json_t *limits = json_object_get(json_object_get(host, "system"), "limits");
	const json_t *rows = json_object_get(processes, "processes");
	struct verdict verdict = {0};

	if (!json_is_array(rows) || !host)
		return unknown("the daemon's answer is not the JSON expected");
	verdict_add(&verdict, wanted, rows, limits);
	if (!context->json)
		return (int)verdict_print(&verdict, wanted, stdout);
	fwrite(list->body, 1, list->length, stdout);
	return (int)verdict.worst.level;
}

static int check(const struct context *context, const struct verdict_wanted *wanted)
{
	__attribute__((cleanup(response_clear))) struct response status = {0};
	__attribute__((cleanup(response_clear))) struct response list = {0};
	int error = client_get(context->socket_path, "/v1/processes", &list);

	if (error == 0 && list.status == 200)
		error = client_get(context->socket_path, "/v1/status", &status);
	if (error < 0) {
		client_failed(error, context->socket_path);
		return unknown("fdwatchd is not reachable");
	}
	if (response_check(&list) != EXIT_DONE || response_check(&status) != EXIT_DONE)
		return unknown("fdwatchd refuses to answer");
	return print(context, wanted, &list, &status);
}

static bool take(struct verdict_threshold *threshold, const char *name, const char *value)
{
	if (fdw_threshold(value, &threshold->seconds, &threshold->level))
		return true;
	complain("--%s wants a time from 1s to 30d such as 6h or 15min, or a level from 1%% to "
		 "100%%, not '%s'",
		 name, value);
	return false;
}

int command_check(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {
		{"warning", required_argument, NULL, 'w'},
		{"critical", required_argument, NULL, 'c'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	struct verdict_wanted wanted = {0};
	int option;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option == OPTIONS_HELP)
			return EXIT_DONE;
		if (option != 'w' && option != 'c')
			return unknown("wrong usage");
		if (!take(option == 'w' ? &wanted.warning : &wanted.critical,
			  option == 'w' ? "warning" : "critical", optarg))
			return unknown("wrong usage");
	}
	if (options_operands(argc, argv, 0, "") != EXIT_DONE)
		return unknown("wrong usage");
	return check(context, &wanted);
}
