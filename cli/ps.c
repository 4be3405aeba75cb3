// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch ps: every process, as the daemon sorted them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "options.h"
#include "process.h"
#include "safe.h"
#include "table.h"

#define LIMIT_MAX INT32_MAX

static const char help[] =
	"Usage: fdwatch ps [--sort KEY] [--limit N] [--json]\n"
	"Shows the processes you may see, those nearest to their limit first.\n"
	"\n"
	"  --sort KEY     highest first: usage (the default), fds, peak, opened,\n"
	"                 closed, limit; lowest first: pid, comm, user, unit\n"
	"  --limit N      only the first N\n"
	"  --json         print the daemon's answer as it came\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"FDS      descriptors open now    LIMIT    soft limit (RLIMIT_NOFILE)\n"
	"USE      FDS of LIMIT            PEAK     most at once since fdwatchd watches\n"
	"OPENED, CLOSED, REFUSED          since fdwatchd watches\n"
	"UNIT     systemd unit, or the first 12 characters of the container\n"
	"GROWTH   of FDS, as a trend    ETA      until FDS reach LIMIT by that trend\n"
	"STATE    ok, growing, warning, critical, or exhausted: at its limit, or\n"
	"         refused in the last minute\n"
	"MARK     where the configuration silences a process, or marks it\n"
	"-        not known, as the calls of 32-bit programs\n";

static const char *const sort_keys[] = {"usage",  "fds",  "pid",  "peak", "opened",
					"closed", "comm", "user", "unit", "limit"};

static const struct column columns[] = {
	{.heading = "PID", .right = true},
	{.heading = "USER", .shrink = 8, .drop = 7},
	{.heading = "UNIT", .shrink = 10, .drop = 6},
	{.heading = "FDS", .right = true},
	{.heading = "LIMIT", .right = true, .drop = 2},
	{.heading = "USE", .right = true},
	{.heading = "PEAK", .right = true, .drop = 5},
	{.heading = "OPENED", .right = true, .drop = 10},
	{.heading = "CLOSED", .right = true, .drop = 11},
	{.heading = "REFUSED", .right = true, .drop = 8},
	{.heading = "GROWTH", .right = true, .drop = 9},
	{.heading = "ETA", .right = true, .drop = 4},
	{.heading = "STATE", .drop = 3},
	{.heading = "MARK", .shrink = 8, .drop = 5, .rare = true},
	{.heading = "COMMAND", .shrink = 15},
};

static bool is_sort_key(const char *key)
{
	for (size_t i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++)
		if (strcmp(key, sort_keys[i]) == 0)
			return true;
	return false;
}

static void add_process(struct table *table, const json_t *process)
{
	table_json(table, TONE_PLAIN, json_object_get(process, "pid"));
	process_add_user(table, process);
	process_add_place(table, process);
	table_json(table, TONE_PLAIN, json_object_get(process, "fds"));
	table_json(table, TONE_PLAIN, json_object_get(process, "soft_limit"));
	process_add_usage(table, process);
	table_json(table, TONE_PLAIN, json_object_get(process, "peak"));
	table_json(table, TONE_PLAIN, json_object_get(process, "opened_total"));
	table_json(table, TONE_PLAIN, json_object_get(process, "closed_total"));
	process_add_refused(table, process);
	process_add_growth(table, process);
	process_add_eta(table, process);
	table_json(table, process_tone(process), json_object_get(process, "state"));
	process_add_mark(table, process);
	table_json(table, TONE_PLAIN, json_object_get(process, "comm"));
}

static int print_processes(const struct response *response)
{
	json_auto_t *answer = response_json(response);
	__attribute__((cleanup(table_freep))) struct table *table =
		table_new(columns, sizeof(columns) / sizeof(columns[0]));
	struct terminal terminal = terminal_look();
	const json_t *process;
	size_t i;

	if (!answer)
		return EXIT_FAILED;
	json_array_foreach (json_object_get(answer, "processes"), i, process)
		add_process(table, process);
	return table_show(table, &terminal);
}

int command_ps(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {
		{"sort", required_argument, NULL, 's'},
		{"limit", required_argument, NULL, 'n'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	const char *sort = sort_keys[0];
	int64_t limit = 0;
	char path[128];
	int option;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		switch (option) {
		case 's':
			sort = optarg;
			break;
		case 'n':
			limit = options_number(optarg, LIMIT_MAX);
			if (limit == 0) {
				complain("--limit wants a whole number from 1 up, not '%s'",
					 optarg);
				return EXIT_USAGE;
			}
			break;
		default:
			return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
		}
	}
	if (!is_sort_key(sort)) {
		complain("cannot sort by '%s'; fdwatch ps --help lists the keys", sort);
		return EXIT_USAGE;
	}
	if (options_operands(argc, argv, 0, "") != EXIT_DONE)
		return EXIT_USAGE;
	snprintf(path, sizeof(path), "/v1/processes?sort=%s", sort);
	if (limit > 0)
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "&limit=%" PRId64,
			 limit);
	return client_ask(context, path, print_processes);
}
