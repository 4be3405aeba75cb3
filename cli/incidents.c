// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch incidents: alarms from their first sign to their end, and what was open then. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "incident.h"
#include "options.h"
#include "safe.h"

#define ID_MAX ((int64_t)1 << 53)
#define LIMIT_MAX 10000
#define LIMIT_USUAL 20
#define OTHER_LINES 3 /* of a screen: headings, what is left out, the prompt */

static const char help[] =
	"Usage: fdwatch incidents [ID] [--limit N] [--json]\n"
	"Shows the newest alarms that you may see, a screenful; with an ID: one of them,\n"
	"with what the process held when it became critical or was first refused.\n"
	"\n"
	"  --limit N      the newest N, 10000 at most\n"
	"  --json         print the daemon's answer as it came\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"BEGAN    the alarm was raised    LASTED   until its end, or until now\n"
	"FDS      the most at once        LIMIT    soft limit (RLIMIT_NOFILE)\n"
	"REFUSED  descriptors, during it  WORST    the worst state it reached\n"
	"NOW      its state, or how it ended\n";

/* How many fit a screen. */
static int64_t screenful(void)
{
	struct terminal terminal = terminal_look();

	return terminal.height > OTHER_LINES ? (int64_t)terminal.height - OTHER_LINES : LIMIT_USUAL;
}

static int print_all(const struct response *response)
{
	json_auto_t *answer = response_json(response);
	__attribute__((cleanup(table_freep))) struct table *table = incidents_table(answer);
	struct terminal terminal = terminal_look();

	return answer ? table_show(table, &terminal) : EXIT_FAILED;
}

/* One more was asked for than is shown, to know whether there is. */
static int print_newest(const struct response *response)
{
	json_auto_t *answer = response_json(response);
	json_t *incidents = json_object_get(answer, "incidents");
	size_t shown = (size_t)screenful();
	bool more = json_array_size(incidents) > shown;
	__attribute__((cleanup(table_freep))) struct table *table = NULL;
	struct terminal terminal = terminal_look();
	int status;

	if (!answer)
		return EXIT_FAILED;
	if (more)
		json_array_remove(incidents, shown);
	table = incidents_table(answer);
	status = table_show(table, &terminal);
	if (more && status == EXIT_DONE)
		printf("There are older ones: fdwatch incidents --limit %d shows more\n",
		       LIMIT_MAX);
	return status;
}

static int print_one(const struct response *response)
{
	json_auto_t *incident = response_json(response);
	struct terminal terminal = terminal_look();

	if (!incident)
		return EXIT_FAILED;
	if (incident_print(incident, stdout, &terminal) == 0)
		return EXIT_DONE;
	complain("out of memory");
	return EXIT_FAILED;
}

int command_incidents(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {
		{"limit", required_argument, NULL, 'n'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = help};
	int64_t limit = 0, id = 0;
	char path[96];
	int option;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option != 'n')
			return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
		limit = options_number(optarg, LIMIT_MAX);
		if (limit == 0) {
			complain("--limit wants a whole number from 1 to %d, not '%s'", LIMIT_MAX,
				 optarg);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		if (options_operands(argc, argv, 1, "one ID at most") != EXIT_DONE)
			return EXIT_USAGE;
		id = options_number(argv[optind], ID_MAX);
		if (id == 0) {
			complain("'%s' is not an ID: fdwatch incidents lists them", argv[optind]);
			return EXIT_USAGE;
		}
	}
	if (id)
		snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, id);
	else if (context->json && !limit)
		snprintf(path, sizeof(path), "/v1/incidents");
	else
		snprintf(path, sizeof(path), "/v1/incidents?limit=%" PRId64,
			 limit ?: screenful() + 1);
	return client_ask(context, path, id ? print_one : limit ? print_all : print_newest);
}
