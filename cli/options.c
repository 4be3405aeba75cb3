// SPDX-License-Identifier: BSD-2-Clause
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "safe.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static int take_socket(struct context *context, const char *path)
{
	if (*path == '\0' || strlen(path) > SOCKET_PATH_MAX) {
		complain("--socket wants a path of 1 to %zu bytes", SOCKET_PATH_MAX);
		return OPTIONS_WRONG;
	}
	context->socket_path = path;
	return 0;
}

/* getopt tells a wrong option by optopt: its letter, its value where it is a long one, or 0. */
static void explain(int found, char **argv, const struct option *list)
{
	const char *given = argv[optind - 1];

	for (; list->name; list++) {
		if (optopt == 0 || list->val != optopt)
			continue;
		if (found == ':')
			complain("--%s wants a value; see --help", list->name);
		else
			complain("--%s takes no value; see --help", list->name);
		return;
	}
	if (optopt)
		complain("unknown option -%c; see --help", optopt);
	else
		complain("unknown option %s; see --help", given);
}

int options_next(struct context *context, int argc, char **argv, const struct options *options)
{
	char letters[8];

	opterr = 0;
	/* A colon: a missing value is told apart. */
	snprintf(letters, sizeof(letters), "%s:h", options->stop);
	for (;;) {
		int found = getopt_long(argc, argv, letters, options->list, NULL);

		switch (found) {
		case OPTIONS_SOCKET:
			if (take_socket(context, optarg) == OPTIONS_WRONG)
				return OPTIONS_WRONG;
			break;
		case OPTIONS_JSON:
			context->json = true;
			break;
		case 'h':
		case OPTIONS_HELP:
			fputs(options->help, stdout);
			return OPTIONS_HELP;
		case '?':
		case ':':
			explain(found, argv, options->list);
			return OPTIONS_WRONG;
		default:
			return found;
		}
	}
}

int options_operands(int argc, char **argv, int count, const char *what)
{
	if (argc - optind < count) {
		complain("%s wants %s; see fdwatch %s --help", argv[0], what, argv[0]);
		return EXIT_USAGE;
	}
	if (argc - optind > count) {
		complain("%s does not know what to do with '%s'; see fdwatch %s --help", argv[0],
			 argv[optind + count], argv[0]);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int64_t options_number(const char *text, int64_t most)
{
	int64_t number = 0;

	if (*text == '\0')
		return 0;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		number = number * 10 + (*text - '0');
		if (number > most)
			return 0;
	}
	return number;
}

int options_pid(const char *text, int64_t *pid)
{
	*pid = options_number(text, INT32_MAX);
	if (*pid)
		return EXIT_DONE;
	complain("'%s' is not a PID: a whole number from 1 up; fdwatch ps lists them", text);
	return EXIT_USAGE;
}

int options_only_pid(struct context *context, int argc, char **argv, const char *help, int64_t *pid)
{
	static const struct option list[] = {OPTIONS_COMMON};
	const struct options options = {.list = list, .stop = "", .help = help};
	int option = options_next(context, argc, argv, &options);

	if (option != OPTIONS_END)
		return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
	if (options_operands(argc, argv, 1, "a PID") != EXIT_DONE ||
	    options_pid(argv[optind], pid) != EXIT_DONE)
		return EXIT_USAGE;
	return OPTIONS_END;
}
