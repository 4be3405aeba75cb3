// SPDX-License-Identifier: BSD-2-Clause
#include "incident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "block.h"
#include "process.h"
#include "safe.h"
#include "site.h"
#include "text.h"

#define PATHS_SHOWN 20 /* of the most frequent */

static const struct column columns[] = {
	{.heading = "ID", .right = true},
	{.heading = "BEGAN"},
	{.heading = "LASTED", .right = true, .drop = 5},
	{.heading = "PID", .right = true},
	{.heading = "UNIT", .shrink = 10, .drop = 4},
	{.heading = "FDS", .right = true},
	{.heading = "LIMIT", .right = true, .drop = 2},
	{.heading = "REFUSED", .right = true, .drop = 6},
	{.heading = "WORST", .drop = 3},
	{.heading = "NOW", .shrink = 9, .drop = 1},
	{.heading = "COMMAND", .shrink = 15},
};

/* Seconds since the epoch of "2026-11-21T01:38:58…Z"; -1 where it is none. */
static double seconds_of(const json_t *time)
{
	const char *text = json_string_value(time);
	struct tm parts = {0};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;

	if (!rest)
		return -1;
	return (double)timegm(&parts) + (*rest == '.' ? strtod(rest, NULL) : 0);
}

static const char *duration_of(const json_t *incident, char text[static FORMAT_SIZE])
{
	double began = seconds_of(json_object_get(incident, "time"));
	double ended = seconds_of(json_object_get(incident, "ended_time"));

	if (ended < 0)
		ended = (double)time(NULL);
	return began < 0 ? "-" : format_duration(ended > began ? ended - began : 0, text);
}

static const char *time_of(const json_t *incident, const char *key, char text[static FORMAT_SIZE])
{
	const char *time = json_string_value(json_object_get(incident, key));
	const char *local = time ? format_time(time, text) : NULL;

	return local ?: time ?: "-";
}

static enum tone tone_of(const json_t *incident)
{
	const char *worst = json_string_value(json_object_get(incident, "worst_state"));

	if (json_is_string(json_object_get(incident, "ended_by")))
		return TONE_PLAIN;
	return worst && strcmp(worst, "warning") == 0 ? TONE_WARNING : TONE_CRITICAL;
}

/* Its command, or the limit that it is about. */
static const json_t *name_of(const json_t *incident)
{
	const json_t *comm = json_object_get(incident, "comm");

	return json_is_string(comm) ? comm : json_object_get(incident, "subject");
}

static const json_t *now_of(const json_t *incident)
{
	const json_t *end = json_object_get(incident, "ended_by");

	return json_is_string(end) ? end : json_object_get(incident, "state");
}

static void add_incident(struct table *table, const json_t *incident)
{
	char text[FORMAT_SIZE];

	table_json(table, TONE_PLAIN, json_object_get(incident, "id"));
	table_put(table, TONE_PLAIN, time_of(incident, "time", text));
	table_put(table, TONE_PLAIN, duration_of(incident, text));
	table_json(table, TONE_PLAIN, json_object_get(incident, "pid"));
	process_add_place(table, incident);
	table_json(table, TONE_PLAIN, json_object_get(incident, "fds_highest"));
	table_json(table, TONE_PLAIN, json_object_get(incident, "soft_limit"));
	process_add_refused(table, incident);
	table_json(table, tone_of(incident), json_object_get(incident, "worst_state"));
	table_json(table, TONE_PLAIN, now_of(incident));
	table_json(table, TONE_PLAIN, name_of(incident));
}

struct table *incidents_table(const json_t *answer)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *incident;
	size_t i;

	json_array_foreach (json_object_get(answer, "incidents"), i, incident)
		add_incident(table, incident);
	return table;
}

static void add_head(struct table *block, const json_t *incident)
{
	char one[FORMAT_SIZE], other[FORMAT_SIZE];

	block_json(block, "Incident", json_object_get(incident, "id"));
	block_format(block, "Process", TONE_PLAIN, "%s %s",
		     block_value(json_object_get(incident, "pid"), one),
		     block_value(name_of(incident), other));
	block_json(block, "Unit", json_object_get(incident, "unit"));
	block_json(block, "Container", json_object_get(incident, "container"));
	block_format(block, "First sign", TONE_PLAIN, "%s", time_of(incident, "began_time", one));
	block_format(block, "Raised", TONE_PLAIN, "%s", time_of(incident, "time", one));
	block_format(block, "Ended", TONE_PLAIN, "%s", time_of(incident, "ended_time", one));
	block_format(block, "Worst", tone_of(incident), "%s",
		     block_value(json_object_get(incident, "worst_state"), one));
	block_format(block, "Now", TONE_PLAIN, "%s", block_value(now_of(incident), one));
	block_format(block, "Descriptors", TONE_PLAIN, "%s of %s at most",
		     block_value(json_object_get(incident, "fds_highest"), one),
		     block_value(json_object_get(incident, "soft_limit"), other));
	block_words(block, "Refused", json_object_get(incident, "refusals"));
}

static void add_box(struct table *block, const json_t *incident)
{
	const json_t *trend = json_object_get(incident, "trend");
	const json_t *growth = json_object_get(trend, "growth_per_second");
	const json_t *eta = json_object_get(trend, "eta_seconds");
	char text[FORMAT_SIZE], reason[FORMAT_SIZE];

	if (!json_is_string(json_object_get(incident, "box_time"))) {
		block_format(block, "Black box", TONE_PLAIN, "none was taken");
		return;
	}
	block_format(block, "Black box", TONE_PLAIN, "%s, at the first %s",
		     time_of(incident, "box_time", text),
		     block_value(json_object_get(incident, "box_reason"), reason));
	if (json_is_number(growth))
		block_format(block, "Growth", TONE_PLAIN, "%.3g a second",
			     json_number_value(growth));
	if (json_is_number(eta))
		block_format(block, "Full in", TONE_PLAIN, "%s",
			     format_duration(json_number_value(eta), text));
	block_words(block, "Kinds", json_object_get(incident, "kinds"));
}

/* Without its port, which the kernel may have chosen for this one connection. */
static size_t address_length(const char *end)
{
	const char *port = strrchr(end, ':');

	return port ? (size_t)(port - end) : strlen(end);
}

static void count_end(json_t *ends, const char *end, size_t length)
{
	json_int_t before = json_integer_value(json_object_getn(ends, end, length));

	json_object_setn_new_nocheck(ends, end, length, json_integer(before + 1));
}

/* Ends of sockets, each with how many have it: what several have tells more than what one has. */
static void count_ends(json_t *ends, const json_t *descriptor)
{
	const json_t *socket = json_object_get(descriptor, "socket");
	const char *local = json_string_value(json_object_get(socket, "local"));
	const char *remote = json_string_value(json_object_get(socket, "remote"));

	if (local)
		count_end(ends, local, strlen(local));
	if (!remote)
		return;
	count_end(ends, remote, strlen(remote));
	if (address_length(remote) < strlen(remote))
		count_end(ends, remote, address_length(remote));
}

static bool is_shared(const json_t *ends, const char *end, size_t length)
{
	return json_integer_value(json_object_getn(ends, end, length)) > 1;
}

/* "127.0.0.1:80 from 10.0.0.7", or "10.0.0.7:5432": many that lead to one place are one. */
static void put_socket(struct text *text, const json_t *socket, const json_t *ends)
{
	const char *local = json_string_value(json_object_get(socket, "local"));
	const char *remote = json_string_value(json_object_get(socket, "remote"));
	const char *family = json_string_value(json_object_get(socket, "family"));
	const char *state = json_string_value(json_object_get(socket, "state"));

	if (local && remote && is_shared(ends, local, strlen(local))) {
		text_put(text, local);
		text_put(text, " from ");
		text_add(text, remote, address_length(remote));
	} else if (remote && !is_shared(ends, remote, strlen(remote)) &&
		   is_shared(ends, remote, address_length(remote))) {
		text_add(text, remote, address_length(remote));
		text_put(text, ", many ports");
	} else if (remote) {
		text_put(text, remote);
	} else if (local) {
		text_put(text, local);
	} else {
		text_put(text, family ?: "socket");
	}
	if (!remote && state) {
		text_put(text, " ");
		text_put(text, state);
	}
}

/* Of "pipe:[4711]" only the word: no other has the number. */
static void put_path(struct text *text, const json_t *path)
{
	const char *string = json_string_value(path);
	const char *number = string ? strstr(string, ":[") : NULL;

	if (!string)
		text_put(text, "-");
	else if (number && *string != '/' &&
		 strspn(number + 2, "0123456789]") == strlen(number + 2))
		text_add(text, string, (size_t)(number - string));
	else
		text_add(text, string, json_string_length(path));
}

/* Adds one to what is counted under kind and target. */
static void count_one(json_t *counts, const json_t *ends, const json_t *descriptor)
{
	__attribute__((cleanup(text_free))) struct text key = {0};
	const char *kind = json_string_value(json_object_get(descriptor, "kind"));
	const json_t *socket = json_object_get(descriptor, "socket");
	json_int_t before;

	text_put(&key, kind ?: "-");
	text_add(&key, "\0", 1);
	if (json_is_object(socket))
		put_socket(&key, socket, ends);
	else
		put_path(&key, json_object_get(descriptor, "path"));
	if (key.failed)
		return;
	before = json_integer_value(json_object_getn(counts, key.bytes, key.length));
	json_object_setn_new_nocheck(counts, key.bytes, key.length, json_integer(before + 1));
}

struct share {
	const char *kind, *target; /* one behind the other */
	size_t length;             /* of the target */
	json_int_t count;
};

static int compare_shares(const void *left, const void *right)
{
	const struct share *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->kind, b->kind) ?: strcmp(a->target, b->target);
}

/* Those that are not shown one by one. */
static void add_rest(struct table *table, const struct share *shares, size_t count)
{
	json_int_t held = 0;

	if (count <= PATHS_SHOWN)
		return;
	for (size_t i = PATHS_SHOWN; i < count; i++)
		held += shares[i].count;
	table_format(table, TONE_PLAIN, "%" JSON_INTEGER_FORMAT, held);
	table_put(table, TONE_PLAIN, "");
	table_format(table, TONE_PLAIN, "of %zu others", count - PATHS_SHOWN);
}

static void add_shares(struct table *table, json_t *counts)
{
	struct share *shares = calloc(json_object_size(counts) + 1, sizeof(*shares));
	size_t count = 0, length;
	const char *key;
	json_t *value;

	if (!shares) {
		table_fail(table);
		return;
	}
	json_object_keylen_foreach(counts, key, length, value)
	{
		size_t kind = strlen(key) + 1;

		shares[count++] =
			(struct share){key, key + kind, length - kind, json_integer_value(value)};
	}
	qsort(shares, count, sizeof(*shares), compare_shares);
	for (size_t i = 0; i < count && i < PATHS_SHOWN; i++) {
		table_format(table, TONE_PLAIN, "%" JSON_INTEGER_FORMAT, shares[i].count);
		table_put(table, TONE_PLAIN, shares[i].kind);
		table_add(table, TONE_PLAIN, shares[i].target, shares[i].length);
	}
	add_rest(table, shares, count);
	free(shares);
}

struct table *incident_targets(const json_t *incident)
{
	static const struct column heads[] = {
		{.heading = "HELD", .right = true},
		{.heading = "KIND"},
		{.heading = "PATH OR PEER", .shrink = 20},
	};
	struct table *table = table_new(heads, sizeof(heads) / sizeof(heads[0]));
	const json_t *descriptors = json_object_get(incident, "descriptors");
	json_auto_t *counts = json_object();
	json_auto_t *ends = json_object();
	const json_t *descriptor;
	size_t i;

	json_array_foreach (descriptors, i, descriptor)
		count_ends(ends, descriptor);
	json_array_foreach (descriptors, i, descriptor)
		count_one(counts, ends, descriptor);
	add_shares(table, counts);
	return table;
}

struct table *incident_block(const json_t *incident)
{
	struct table *block = block_new();

	add_head(block, incident);
	add_box(block, incident);
	return block;
}

/* Where what was open had been opened. */
static int print_places(const json_t *incident, FILE *out, const struct terminal *terminal)
{
	struct report report = {.out = out, .colour = terminal->colour};

	if (!json_array_size(json_object_get(incident, "sites")))
		return 0;
	report_line(&report, TONE_PLAIN, 0, "%s", "");
	sites_report(&report, incident);
	return report.failed ? -ENOMEM : 0;
}

int incident_print(const json_t *incident, FILE *out, const struct terminal *terminal)
{
	__attribute__((cleanup(table_freep))) struct table *block = incident_block(incident);
	__attribute__((cleanup(table_freep))) struct table *targets = incident_targets(incident);
	int error = table_print(block, out, terminal);

	if (error == 0 && json_array_size(json_object_get(incident, "descriptors"))) {
		fputc('\n', out);
		error = table_print(targets, out, terminal);
	}
	return error ? error : print_places(incident, out, terminal);
}
