// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "incident.h"
#include "process.h"
#include "top/alarms.h"
#include "top/incidents.h"
#include "top/rows.h"

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
	char what[ALARM_TEXT_SIZE];

	alarm_what(event, what, sizeof(what));
	table_put(table, process_tone(event), what);
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

static struct table *alarms_table(const json_t *alarms)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const json_t *alarm;
	size_t i;

	json_array_foreach (alarms, i, alarm)
		add_line(table, alarm);
	return table;
}

static uint64_t incident_of(const json_t *event)
{
	const json_t *id = json_object_get(event, "id");
	json_int_t number = json_integer_value(id ?: json_object_get(event, "incident"));

	return number > 0 ? (uint64_t)number : 0;
}

/* The same process, not only its number. */
static bool is_same(const json_t *event, const json_t *other)
{
	return json_is_integer(json_object_get(event, "pid")) &&
	       json_equal(json_object_get(event, "pid"), json_object_get(other, "pid")) &&
	       json_equal(json_object_get(event, "start_time"),
			  json_object_get(other, "start_time"));
}

static bool is_of(const json_t *event, int32_t pid)
{
	return pid == 0 || json_integer_value(json_object_get(event, "pid")) == pid;
}

/* Those of a process (0: of all), as a list of its own for the caller. */
static json_t *only_of(const json_t *events, int32_t pid)
{
	json_t *list = json_array();
	json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (is_of(event, pid))
			json_array_append(list, event);
	return list;
}

/* Alarms, the latest first: of a process (0: of all); of the incident (NULL: of all) and whom it is
 * about. For the caller.
 */
static json_t *alarms_of(const json_t *alarms, int32_t pid, const json_t *incident)
{
	json_t *list = json_array();

	for (size_t i = json_array_size(alarms); i-- > 0;) {
		json_t *alarm = json_array_get(alarms, i);
		bool meant = is_of(alarm, pid);

		if (incident)
			meant = incident_of(alarm) == incident_of(incident) ||
				is_same(alarm, incident);
		if (meant)
			json_array_append(list, alarm);
	}
	return list;
}

static uint64_t hash_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? rows_hash(text, strlen(text)) : 0;
}

/* An alarm is told from others by when first, of whom and what it is; an incident has a number. */
static struct page_mark mark_of(const json_t *event)
{
	uint64_t pid = (uint64_t)json_integer_value(json_object_get(event, "pid"));
	struct page_mark mark = {.subject = incident_of(event)};

	mark.key = json_object_get(event, "id")
			   ? mark.subject
			   : hash_of(event,
				     json_object_get(event, "first_time") ? "first_time" : "time") ^
				     hash_of(event, "type") ^ hash_of(event, "state") ^ pid;
	return mark;
}

/* The text that is being written, and what its lines stand for. */
struct page {
	FILE *out;
	size_t width;
	size_t line; /* that comes next */
	struct page_mark *marks;
};

#define LINES_BESIDE 16 /* of a page: titles, headings, what parts them */

static void put_section(struct page *page, const char *title, const struct table *table,
			const json_t *list)
{
	struct terminal terminal = {.width = page->width};
	const json_t *event;
	size_t i;

	fprintf(page->out, "%s\n", title);
	if (json_array_size(list) > 0)
		table_print(table, page->out, &terminal);
	else
		fprintf(page->out, "none\n");
	page->line += 2;
	json_array_foreach (list, i, event)
		page->marks[page->line++] = mark_of(event);
	fputc('\n', page->out);
	page->line++;
}

static void put_incidents(struct page *page, const json_t *list, long status)
{
	json_auto_t *answer = json_pack("{sO}", "incidents", list);
	struct table *table = incidents_table(answer);

	if (status == NOT_FOUND)
		fprintf(page->out, "Incidents\nnot available: this fdwatchd keeps none\n\n");
	else if (status != 0 && status != OK)
		fprintf(page->out, "Incidents\nnot available: HTTP status %ld\n\n", status);
	else
		put_section(page, status ? "Incidents" : "Incidents, not asked for yet", table,
			    list);
	if (status != 0 && status != OK)
		page->line += 3;
	table_free(table);
}

static void put_alarms(struct page *page, const json_t *list, const char *title)
{
	struct table *table = alarms_table(list);

	put_section(page, title, table, list);
	table_free(table);
}

void incidents_page(struct pager *pager, json_t *incidents, long status, json_t *alarms,
		    int32_t pid, size_t width)
{
	json_auto_t *told = only_of(json_object_get(incidents, "incidents"), pid);
	json_auto_t *alarmed = alarms_of(alarms, pid, NULL);
	size_t lines = json_array_size(told) + json_array_size(alarmed) + LINES_BESIDE;
	char *text = NULL;
	size_t length = 0;
	struct page page = {
		.out = open_memstream(&text, &length),
		.width = width,
		.marks = calloc(lines, sizeof(*page.marks)),
	};

	if (page.out && page.marks) {
		put_incidents(&page, told, status);
		put_alarms(&page, alarmed, "Alarms, the latest first");
	}
	if (page.out)
		fclose(page.out);
	pager_take(pager, text, length, 0);
	pager_mark(pager, page.marks);
}

void story_open(struct story *story, uint64_t id)
{
	story_close(story);
	story->id = id;
}

void story_close(struct story *story)
{
	json_decref(story->answer);
	pager_free(&story->page);
	*story = (struct story){0};
}

void story_take(struct story *story, struct news *news)
{
	if (!story->id || news->incident_id != story->id)
		return;
	story->status = news->incident_status;
	if (news->incident) {
		json_decref(story->answer);
		story->answer = news->incident;
		news->incident = NULL;
	}
	story->width = 0;
}

bool story_is_final(const struct story *story)
{
	return json_is_string(json_object_get(story->answer, "ended_by"));
}

static void put_story(const struct story *story, const json_t *alarms, struct page *page)
{
	struct terminal terminal = {.width = page->width};
	json_auto_t *list = alarms_of(alarms, 0, story->answer);

	if (!story->answer) {
		fprintf(page->out, "%s\n",
			story->status ? "It is forgotten, or not yours to see."
				      : "Asking fdwatchd ...");
		return;
	}
	incident_print(story->answer, page->out, &terminal);
	fputc('\n', page->out);
	put_alarms(page, list, "Alarms of the same, the latest first");
}

void story_render(struct story *story, json_t *alarms, size_t width)
{
	char *text = NULL;
	size_t length = 0;
	struct page page = {.width = width};

	if (story->width == width)
		return;
	story->width = width;
	page.marks = calloc(json_array_size(alarms) + LINES_BESIDE, sizeof(*page.marks));
	page.out = open_memstream(&text, &length);
	if (page.out && page.marks)
		put_story(story, alarms, &page);
	if (page.out)
		fclose(page.out);
	free(page.marks); /* its lines lead nowhere */
	pager_take(&story->page, text, length, 0);
}
