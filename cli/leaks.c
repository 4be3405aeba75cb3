// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch leaks: the places that left descriptors open, most first. */
#include <inttypes.h>
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "options.h"
#include "safe.h"
#include "site.h"

static const char help[] =
	"Usage: fdwatch leaks [PID] [--json]\n"
	"Shows where the descriptors of tracked processes were opened, by what each place\n"
	"left open; with PID those of one process. fdwatch track PID begins to track.\n"
	"\n"
	"  --json         print the daemon's answer as it came\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"leak   opened all along, up to now, and not closed\n"
	"holds  kept, as a pool or streams are: opened early, or in use for a while only,\n"
	"       or held open by the other end\n"
	"Neither is said of what is too few or too young to tell.\n";

static bool is_tracked(const json_t *answer)
{
	const json_t *process;
	size_t i;

	json_array_foreach (json_object_get(answer, "processes"), i, process)
		if (json_is_true(json_object_get(process, "tracked")))
			return true;
	return false;
}

static int print_leaks(const struct response *response)
{
	json_auto_t *answer = response_json(response);
	struct report report = report_begin(stdout);

	if (!answer)
		return EXIT_FAILED;
	if (!is_tracked(answer))
		report_line(&report, TONE_PLAIN, 0,
			    "Nothing is tracked here: fdwatch track PID begins it; what grows is "
			    "tracked by itself");
	else if (json_array_size(json_object_get(answer, "sites")) == 0)
		report_line(&report, TONE_PLAIN, 0,
			    "Nothing that was opened since tracking began is open");
	sites_report(&report, answer);
	return report_end(&report);
}

int command_leaks(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {OPTIONS_COMMON};
	static const struct options options = {.list = list, .stop = "", .help = help};
	int option = options_next(context, argc, argv, &options);
	char path[64] = "/v1/sites";
	int64_t pid;

	if (option != OPTIONS_END)
		return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
	if (argc - optind > 1)
		return options_operands(argc, argv, 1, "one PID at most");
	if (optind < argc) {
		if (options_pid(argv[optind], &pid) != EXIT_DONE)
			return EXIT_USAGE;
		snprintf(path, sizeof(path), "/v1/sites?pid=%" PRId64, pid);
	}
	return client_ask(context, path, print_leaks);
}
