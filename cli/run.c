// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch run: a command, tracked from its first call, and what it left open. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "client.h"
#include "command.h"
#include "merge.h"
#include "options.h"
#include "safe.h"
#include "site.h"

#define NO_LIMIT (-1)
#define FIND_TRIES 100 /* the daemon knows a new process within one interval */
#define FIND_PAUSE_NSEC 30000000
#define NOT_FOUND 404
#define CANNOT_EXECUTE 126
#define NO_COMMAND 127

static const char help[] =
	"Usage: fdwatch run [--fail-over N] [--no-hold] [--json] -- COMMAND [ARGUMENT...]\n"
	"Runs COMMAND, follows it and what it forks from its first call to its end, and\n"
	"tells on standard error what they left open, where that was opened, and what came\n"
	"across exec into other programs.\n"
	"\n"
	"  --fail-over N  exit status 1 where more than N were left open\n"
	"  --no-hold      do not hold each process for a moment as it ends: what is short-lived\n"
	"                 may stay unexplained; set-uid programs such as sudo need it\n"
	"  --json         tell it on standard output as JSON\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"Exit status: COMMAND's, 128 and its signal's number where one ended it; 126 or 127\n"
	"where it can't be executed; 3 where no daemon answers: then it is not run. Where the\n"
	"daemon goes away meanwhile nobody knows what was left open: COMMAND's status, or 3\n"
	"where that is 0.\n";

struct run {
	const struct context *context;
	struct child child;
	uint64_t id;
	int64_t limit; /* of what may be left open; NO_LIMIT */
	bool hold;
};

/* Asks the daemon to follow the child; it may not have seen it yet. Returns an exit status. */
static int announce(struct run *run)
{
	static const struct timespec pause = {.tv_nsec = FIND_PAUSE_NSEC};
	__attribute__((cleanup(response_clear))) struct response response = {0};
	json_auto_t *answer = NULL;
	char path[64];
	int status;

	snprintf(path, sizeof(path), "/v1/runs?pid=%d", (int)run->child.pid);
	for (int i = 0; i < FIND_TRIES; i++) {
		response_clear(&response);
		status = client_send(run->context->socket_path, "POST", path, NULL, &response);
		if (status < 0)
			return client_failed(status, run->context->socket_path);
		if (response.status != NOT_FOUND)
			break;
		nanosleep(&pause, NULL);
	}
	status = response_check(&response);
	if (status != EXIT_DONE)
		return status;
	answer = response_json(&response);
	run->id = (uint64_t)json_integer_value(json_object_get(answer, "id"));
	return run->id ? EXIT_DONE : response_strange();
}

static void print_json(json_t *answer)
{
	json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
}

/* What the report can't say. */
static void report_gaps(struct report *report, const json_t *answer)
{
	json_int_t unknown = json_integer_value(json_object_get(answer, "left_unknown"));
	json_int_t untracked = json_integer_value(json_object_get(answer, "processes_untracked"));

	if (unknown > 0)
		report_line(report, TONE_PLAIN, 0,
			    "%" JSON_INTEGER_FORMAT " of them were too many at once to say where",
			    unknown);
	if (untracked > 0)
		report_line(report, TONE_PLAIN, 0,
			    "%" JSON_INTEGER_FORMAT " processes were not followed to their end: a "
			    "user may have 64 at once, with 20000 descriptors",
			    untracked);
}

static int print_report(const struct run *run, json_t *answer, int status)
{
	struct report report = report_begin(stderr);
	json_int_t left = json_integer_value(json_object_get(answer, "left_open"));

	json_object_set_new(answer, "sites", sites_merged(json_object_get(answer, "sites")));
	report_line(&report, run->limit >= 0 && left > run->limit ? TONE_CRITICAL : TONE_PLAIN, 0,
		    "fdwatch: exit status %d, at most %" JSON_INTEGER_FORMAT
		    " open at once, %" JSON_INTEGER_FORMAT " left open at the end",
		    status, json_integer_value(json_object_get(answer, "peak")), left);
	report_gaps(&report, answer);
	sites_report(&report, answer);
	return report_end(&report);
}

/* It was stopped or killed, or another one stands in its place. */
static int lost(int status)
{
	complain("fdwatchd went away while the command ran, which ended with status %d: what it "
		 "left open is not known; run it again",
		 status);
	return status ? status : EXIT_UNREACHABLE;
}

/* What the daemon says of the run. Returns the exit status of all. */
static int conclude(const struct run *run, int status)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	json_auto_t *answer = NULL;
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/v1/runs/%" PRIu64, run->id);
	result = client_get(run->context->socket_path, path, &response);
	if (result < 0 || response.status == NOT_FOUND)
		return lost(status);
	result = response_check(&response);
	if (result != EXIT_DONE)
		return result;
	answer = response_json(&response);
	if (!answer)
		return EXIT_FAILED;
	json_object_set_new(answer, "exit_status", json_integer(status));
	if (run->context->json)
		print_json(answer);
	else if (print_report(run, answer, status) != EXIT_DONE)
		return EXIT_FAILED;
	if (run->limit >= 0 &&
	    json_integer_value(json_object_get(answer, "left_open")) > run->limit)
		return EXIT_FAILED;
	return status;
}

/* A process is held: the daemon looks at it, and answers when that is done. */
static void settle(pid_t pid, void *data)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	const struct run *run = data;
	char path[96];

	snprintf(path, sizeof(path), "/v1/runs/%" PRIu64 "?pid=%d", run->id, (int)pid);
	client_send(run->context->socket_path, "PUT", path, NULL, &response);
}

static int execute(struct run *run, char **argv)
{
	int r = child_start(&run->child, argv, run->hold);
	int status;

	if (r < 0) {
		complain("cannot start a process: %s", strerror(-r));
		return EXIT_FAILED;
	}
	status = announce(run);
	if (status != EXIT_DONE) {
		child_cancel(&run->child);
		return status;
	}
	r = child_begin(&run->child, settle, run);
	if (r < 0) {
		complain("cannot run '%s': %s", argv[0], strerror(-r));
		return r == -ENOENT ? NO_COMMAND : CANNOT_EXECUTE;
	}
	return conclude(run, child_wait(&run->child));
}

/* 0 is a number here. */
static int64_t read_limit(const char *text)
{
	int64_t number = options_number(text, INT32_MAX);

	return number > 0 || strcmp(text, "0") == 0 ? number : NO_LIMIT;
}

int command_run(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {
		{"fail-over", required_argument, NULL, 'f'},
		{"no-hold", no_argument, NULL, 'n'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "+", .help = help};
	struct run run = {.context = context, .limit = NO_LIMIT, .hold = true};
	int option;

	while ((option = options_next(context, argc, argv, &options)) != OPTIONS_END) {
		if (option == 'n') {
			run.hold = false;
			continue;
		}
		if (option != 'f')
			return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
		run.limit = read_limit(optarg);
		if (run.limit == NO_LIMIT) {
			complain("--fail-over wants a whole number from 0 up, not '%s'", optarg);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		complain("no command to run: fdwatch run -- COMMAND");
		return EXIT_USAGE;
	}
	return execute(&run, argv + optind);
}
