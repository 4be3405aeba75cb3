// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch status: how the daemon and the host are. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "block.h"
#include "client.h"
#include "command.h"
#include "options.h"
#include "process.h"

static const char help[] = "Usage: fdwatch status [--json]\n"
			   "Shows how the daemon and the host are.\n"
			   "\n"
			   "  --json         print the daemon's answer as it came\n"
			   "  --socket PATH  the daemon's socket\n"
			   "\n"
			   "Lost events  by reason; descriptors are counted right all the same\n"
			   "Drift        what the hooks had wrong and a poll has put right\n"
			   "Skipped      calls that this kernel lacks\n";

static const char *duration(const json_t *answer, const char *key, char text[static FORMAT_SIZE])
{
	const json_t *value = json_object_get(answer, key);

	return json_is_number(value) ? format_duration(json_number_value(value), text) : "-";
}

static void add_daemon(struct table *block, const json_t *answer)
{
	char one[FORMAT_SIZE];
	char other[FORMAT_SIZE];

	block_format(block, "Daemon", TONE_PLAIN, "%s, up %s",
		     block_value(json_object_get(answer, "version"), one),
		     duration(answer, "uptime_seconds", other));
	block_format(block, "Kernel", TONE_PLAIN, "%s, %s backend",
		     block_value(json_object_get(answer, "kernel"), one),
		     block_value(json_object_get(answer, "backend"), other));
	block_format(block, "Poll", TONE_PLAIN, "every %s, takes %s",
		     duration(answer, "interval_seconds", one),
		     duration(answer, "poll_seconds", other));
	block_format(block, "Processes", TONE_PLAIN, "%s, %s tracked",
		     block_value(json_object_get(answer, "processes"), one),
		     block_value(json_object_get(answer, "tracked"), other));
}

/* Most kernels set fs.file-max to the largest number there is. */
static void add_system(struct table *block, const json_t *answer)
{
	const json_t *system = json_object_get(answer, "system");
	const json_t *maximum = json_object_get(system, "maximum");
	char one[FORMAT_SIZE];
	char other[FORMAT_SIZE];

	block_format(block, "Host", TONE_PLAIN, "%s descriptors allocated, %s%s",
		     block_value(json_object_get(system, "allocated"), one),
		     json_integer_value(maximum) == INT64_MAX ? "no limit" : "at most ",
		     json_integer_value(maximum) == INT64_MAX ? "" : block_value(maximum, other));
}

/* Limits that processes share, the full ones and those that are filling up. */
static void add_limits(struct table *block, const json_t *answer)
{
	const json_t *limits = json_object_get(json_object_get(answer, "system"), "limits");
	const json_t *limit;
	size_t i;

	json_array_foreach (limits, i, limit) {
		const char *state = json_string_value(json_object_get(limit, "state"));
		const json_t *eta = json_object_get(limit, "eta_seconds");
		char name[FORMAT_SIZE * 2];
		char used[FORMAT_SIZE];
		char most[FORMAT_SIZE];
		char left[FORMAT_SIZE];

		if (!state || strcmp(state, "ok") == 0)
			continue;
		snprintf(name, sizeof(name), "%s",
			 json_string_value(json_object_get(limit, "subject")) ?: "-");
		block_format(block, "Limit", process_tone(limit), "%s %s: %s of %s%s%s", name,
			     state, block_value(json_object_get(limit, "used"), used),
			     block_value(json_object_get(limit, "maximum"), most),
			     json_is_number(eta) ? ", full in " : "",
			     json_is_number(eta) ? format_duration(json_number_value(eta), left)
						 : "");
	}
}

static void add_losses(struct table *block, const json_t *answer)
{
	const json_t *total = json_object_get(answer, "lost_events_total");
	char text[FORMAT_SIZE];

	block_format(block, "Lost events", json_integer_value(total) ? TONE_WARNING : TONE_PLAIN,
		     "%s", block_value(total, text));
	if (json_integer_value(total) > 0)
		block_words(block, "", json_object_get(answer, "lost_events"));
	block_json(block, "Drift", json_object_get(answer, "drift_total"));
}

static void add_channels(struct table *block, const json_t *answer)
{
	const char *name;
	json_t *channel;

	json_object_foreach (json_object_get(answer, "channels"), name, channel) {
		json_int_t waiting = json_integer_value(json_object_get(channel, "waiting"));
		json_int_t lost = json_integer_value(json_object_get(channel, "given_up_total"));
		char told[FORMAT_SIZE];

		block_format(block, "Telling", waiting || lost ? TONE_WARNING : TONE_PLAIN,
			     "%s: %s told, %lld waiting, %lld given up", name,
			     block_value(json_object_get(channel, "told_total"), told),
			     (long long)waiting, (long long)lost);
	}
}

static int print_status(const struct response *response)
{
	json_auto_t *answer = response_json(response);
	__attribute__((cleanup(table_freep))) struct table *block = block_new();
	struct terminal terminal = terminal_look();
	const json_t *persistent = json_object_get(answer, "persistent");

	if (!answer)
		return EXIT_FAILED;
	add_daemon(block, answer);
	add_system(block, answer);
	add_limits(block, answer);
	add_losses(block, answer);
	add_channels(block, answer);
	block_format(block, "State", TONE_PLAIN, "%s",
		     json_is_true(persistent) ? "kept in the kernel when the daemon restarts"
		     : json_is_false(persistent)
			     ? "not kept: totals and peaks start anew with the daemon"
			     : "-");
	block_words(block, "Skipped", json_object_get(answer, "skipped_calls"));
	return table_show(block, &terminal);
}

int command_status(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {OPTIONS_COMMON};
	static const struct options options = {.list = list, .stop = "", .help = help};
	int option = options_next(context, argc, argv, &options);

	if (option != OPTIONS_END)
		return option == OPTIONS_HELP ? EXIT_DONE : EXIT_USAGE;
	if (options_operands(argc, argv, 0, "") != EXIT_DONE)
		return EXIT_USAGE;
	return client_ask(context, "/v1/status", print_status);
}
