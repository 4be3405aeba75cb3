// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch show: one process and each of its descriptors. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "block.h"
#include "client.h"
#include "command.h"
#include "descriptor.h"
#include "listing.h"
#include "options.h"
#include "process.h"
#include "safe.h"
#include "site.h"
#include "text.h"

static const char help[] =
	"Usage: fdwatch show PID [--json]\n"
	"Shows one process and each of its descriptors.\n"
	"\n"
	"  --json         print the daemon's answer as it came\n"
	"  --socket PATH  the daemon's socket\n"
	"\n"
	"FLAGS    r, w or rw, and what else it was opened with: nonblock, append, ...\n"
	"CLOEXEC  yes: the descriptor is closed when the process runs another program\n"
	"DEVICE, INODE, OFFSET are left out where the terminal is too narrow.\n";

static void add_identity(struct table *block, const json_t *process)
{
	char one[FORMAT_SIZE];
	char other[FORMAT_SIZE];

	block_format(block, "Process", TONE_PLAIN, "%s %s",
		     block_value(json_object_get(process, "pid"), one),
		     block_value(json_object_get(process, "comm"), other));
	block_json(block, "Command", json_object_get(process, "command"));
	block_format(block, "Parent", TONE_PLAIN, "%s",
		     block_value(json_object_get(process, "parent_pid"), one));
	block_json(block, "Threads", json_object_get(process, "threads"));
	block_format(block, "User", TONE_PLAIN, "%s, uid %s",
		     block_value(json_object_get(process, "user"), one),
		     block_value(json_object_get(process, "uid"), other));
	block_json(block, "Unit", json_object_get(process, "unit"));
	block_json(block, "Container", json_object_get(process, "container"));
	if (json_is_string(json_object_get(process, "mark")))
		block_json(block, "Mark", json_object_get(process, "mark"));
}

static void add_refusals(struct table *block, const json_t *process)
{
	json_t *refusals = json_object_get(process, "refusals");
	const char *last = json_string_value(json_object_get(process, "last_refusal_time"));
	char text[FORMAT_SIZE];
	const char *time = last ? format_time(last, text) : NULL;
	bool any = false;
	const char *cause;
	json_t *count;

	json_object_foreach (refusals, cause, count) {
		if (json_integer_value(count) == 0)
			continue;
		block_format(block, any ? "" : "Refused", TONE_CRITICAL,
			     "%" JSON_INTEGER_FORMAT " by %s", json_integer_value(count), cause);
		any = true;
	}
	if (!any)
		block_format(block, "Refused", TONE_PLAIN, "%s",
			     json_is_object(refusals) ? "0" : "-");
	else if (last)
		block_format(block, "", TONE_PLAIN, "last at %s", time ? time : last);
}

/* How fast it grows, and when it will be full: most likely, at the earliest and at the latest. */
static void add_outlook(struct table *block, const json_t *process)
{
	const json_t *growth = json_object_get(process, "growth_per_second");
	const json_t *eta = json_object_get(process, "eta_seconds");
	const json_t *low = json_object_get(process, "eta_low_seconds");
	const json_t *high = json_object_get(process, "eta_high_seconds");
	char one[FORMAT_SIZE];
	char other[FORMAT_SIZE];

	block_format(block, "Growth", TONE_PLAIN, "%s",
		     json_is_number(growth) ? format_growth(json_number_value(growth), one) : "-");
	if (!json_is_number(eta)) {
		block_format(block, "Full in", TONE_PLAIN, "-");
		return;
	}
	block_format(block, "Full in", process_tone(process), "%s",
		     format_duration(json_number_value(eta), one));
	if (json_is_number(low))
		block_format(block, "", TONE_PLAIN, "at the earliest %s, at the latest %s",
			     format_duration(json_number_value(low), one),
			     json_is_number(high) ? format_duration(json_number_value(high), other)
						  : "never");
}

static void add_counts(struct table *block, const json_t *process)
{
	const json_t *usage = json_object_get(process, "usage");
	char fds[FORMAT_SIZE];
	char soft[FORMAT_SIZE];
	char hard[FORMAT_SIZE];
	char percent[FORMAT_SIZE];

	block_format(block, "State", process_tone(process), "%s%s",
		     block_value(json_object_get(process, "state"), fds),
		     json_is_true(json_object_get(process, "silenced")) ? ", nobody is told" : "");
	block_format(
		block, "Descriptors", process_usage_tone(process), "%s of %s, %s; hard limit %s",
		block_value(json_object_get(process, "fds"), fds),
		block_value(json_object_get(process, "soft_limit"), soft),
		json_is_number(usage) ? format_percent(json_number_value(usage), percent) : "-",
		block_value(json_object_get(process, "hard_limit"), hard));
	add_outlook(block, process);
	block_json(block, "Reserved", json_object_get(process, "reserved"));
	block_json(block, "Peak", json_object_get(process, "peak"));
	block_json(block, "Opened", json_object_get(process, "opened_total"));
	block_json(block, "Closed", json_object_get(process, "closed_total"));
	add_refusals(block, process);
	block_words(block, "Kinds", json_object_get(process, "kinds"));
}

/* The descriptors go into the table; returns the rest, NULL where the answer is no JSON. */
static json_t *take_descriptors(const struct response *response, struct table *table)
{
	__attribute__((cleanup(text_free))) struct text rest = {0};

	if (!listing_read(response->body, response->length, table, &rest) || rest.failed)
		return NULL;
	return json_loadb(rest.bytes, rest.length, JSON_ALLOW_NUL, NULL);
}

/* Where they were opened, as far as the process is tracked. */
static int print_sites(const json_t *process)
{
	struct report report = report_begin(stdout);

	if (json_array_size(json_object_get(process, "sites")) == 0)
		return EXIT_DONE;
	putchar('\n');
	sites_report(&report, process);
	return report_end(&report);
}

static int print_process(const struct response *response)
{
	__attribute__((cleanup(table_freep))) struct table *block = block_new();
	__attribute__((cleanup(table_freep))) struct table *table = descriptor_table();
	json_auto_t *process = take_descriptors(response, table);
	struct terminal terminal = terminal_look();

	if (!process)
		return response_strange();
	add_identity(block, process);
	add_counts(block, process);
	if (table_show(block, &terminal) != EXIT_DONE)
		return EXIT_FAILED;
	putchar('\n');
	if (table_show(table, &terminal) != EXIT_DONE)
		return EXIT_FAILED;
	return print_sites(process);
}

int command_show(struct context *context, int argc, char **argv)
{
	char path[64];
	int64_t pid;
	int status = options_only_pid(context, argc, argv, help, &pid);

	if (status != OPTIONS_END)
		return status;
	snprintf(path, sizeof(path), "/v1/processes/%" PRId64, pid);
	return client_ask(context, path, print_process);
}
