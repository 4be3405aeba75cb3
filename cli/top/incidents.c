// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "incident.h"
#include "process.h"
#include "top/detail.h"

#define NOT_FOUND 404
#define OK 200

static const struct column columns[] = {
	{.heading = "TIME"},
	{.heading = "WHAT"},
	{.heading = "PID", .right = true},
	{.heading = "COMMAND", .shrink = 10},
	{.heading = "FDS", .right = true, .drop = 2},
	{.heading = "LIMIT", .right = true, .drop = 3},
	{.heading = "STATE", .drop = 1},
	{.heading = "UNIT", .shrink = 10, .drop = 5},
	{.heading = "INCIDENT", .drop = 4},
};

static void add_time(struct table *table, const json_t *event)
{
	const char *time = json_string_value(json_object_get(event, "time"));
	char local[FORMAT_SIZE];

	if (time && format_time(time, local))
		table_put(table, TONE_PLAIN, local);
	else
		table_json(table, TONE_PLAIN, json_object_get(event, "time"));
}

static void add_what(struct table *table, const json_t *event)
{
	const json_t *percent = json_object_get(event, "percent");
	const json_t *cause = json_object_get(event, "cause");

	if (json_is_string(cause))
		table_format(table, process_tone(event), "refused by %s", json_string_value(cause));
	else if (json_is_integer(percent))
		table_format(table, process_tone(event), "%d %% taken",
			     (int)json_integer_value(percent));
	else
		table_json(table, process_tone(event), json_object_get(event, "type"));
}

static void add_line(struct table *table, const json_t *event)
{
	add_time(table, event);
	add_what(table, event);
	table_json(table, TONE_PLAIN, json_object_get(event, "pid"));
	table_json(table, TONE_PLAIN, json_object_get(event, "comm"));
	table_json(table, TONE_PLAIN, json_object_get(event, "fds"));
	table_json(table, TONE_PLAIN, json_object_get(event, "soft_limit"));
	table_json(table, process_tone(event), json_object_get(event, "state"));
	table_json(table, TONE_PLAIN, json_object_get(event, "unit"));
	table_json(table, TONE_PLAIN, json_object_get(event, "incident"));
}

static bool is_of(const json_t *event, int32_t pid)
{
	return pid == 0 || json_integer_value(json_object_get(event, "pid")) == pid;
}

static size_t add_alarms(struct table *table, const json_t *alarms, int32_t pid)
{
	size_t count = 0;

	for (size_t i = json_array_size(alarms); i-- > 0;) {
		const json_t *alarm = json_array_get(alarms, i);

		if (!is_of(alarm, pid))
			continue;
		add_line(table, alarm);
		count++;
	}
	return count;
}

static void print_section(FILE *out, const char *title, const struct table *table, size_t count,
			  size_t width)
{
	struct terminal terminal = {.width = width};

	fprintf(out, "%s\n", title);
	if (count > 0)
		table_print(table, out, &terminal);
	else
		fprintf(out, "none\n");
	fputc('\n', out);
}

/* Those of a process, as an answer of their own; the caller drops the reference. */
static json_t *only_of(const json_t *answer, int32_t pid)
{
	json_t *list = json_array();
	json_t *incident;
	size_t i;

	json_array_foreach (json_object_get(answer, "incidents"), i, incident)
		if (is_of(incident, pid))
			json_array_append(list, incident);
	return json_pack("{so}", "incidents", list);
}

static void print_incidents(FILE *out, json_t *incidents, long status, int32_t pid, size_t width)
{
	json_auto_t *answer = only_of(incidents, pid);
	struct table *table = incidents_table(answer);
	size_t count = json_array_size(json_object_get(answer, "incidents"));

	if (status == NOT_FOUND)
		fprintf(out, "Incidents\nnot available: this fdwatchd keeps none\n\n");
	else if (status != 0 && status != OK)
		fprintf(out, "Incidents\nnot available: HTTP status %ld\n\n", status);
	else
		print_section(out, status ? "Incidents" : "Incidents, not asked for yet", table,
			      count, width);
	table_free(table);
}

void detail_incidents(struct pager *pager, json_t *incidents, long status, json_t *alarms,
		      int32_t pid, size_t width)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	size_t count = add_alarms(table, alarms, pid);
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out) {
		print_incidents(out, incidents, status, pid, width);
		print_section(out, "Alarms, the latest first", table, count, width);
		fclose(out);
	}
	table_free(table);
	pager_take(pager, text, length, 0);
}
