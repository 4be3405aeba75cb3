// SPDX-License-Identifier: BSD-2-Clause
#include "event.h"

#include <stdbool.h>
#include <string.h>

#include "block.h"
#include "table.h"
#include "text.h"

/* Each event is a table of one row, so its columns are as wide as most events need. */
static const struct column columns[] = {
	{.drop = 2},
	{.least = 9},
	{.right = true, .least = 6, .drop = 1},
	{.least = 15, .shrink = 15},
	{.least = 23, .shrink = 16},
	{.drop = 3},
};

static bool is(const char *one, const char *other)
{
	return one && strcmp(one, other) == 0;
}

static enum tone event_tone(const char *type, const char *state)
{
	if (is(type, "emfile") || is(type, "enfile"))
		return TONE_CRITICAL;
	if (is(type, "threshold") || is(type, "lost"))
		return TONE_WARNING;
	if (!is(type, "state"))
		return TONE_PLAIN;
	if (is(state, "critical") || is(state, "exhausted"))
		return TONE_CRITICAL;
	return is(state, "warning") ? TONE_WARNING : TONE_PLAIN;
}

/* Puts what stands before a value, and the value where it is known. */
static void put(struct text *text, const char *before, const json_t *value)
{
	char number[FORMAT_SIZE];

	text_put(text, before);
	text_put(text, block_value(value, number));
}

static void put_known(struct text *text, const char *before, const json_t *value, const char *after)
{
	if (!json_is_string(value) && !json_is_integer(value))
		return;
	put(text, before, value);
	text_put(text, after);
}

/* Why, how many of how many, and when it will be full. */
static void put_details(struct text *text, const json_t *event, const char *type)
{
	const json_t *eta = json_object_get(event, "eta_seconds");
	char duration[FORMAT_SIZE];

	if (is(type, "state")) {
		put(text, "", json_object_get(event, "previous"));
		put(text, " -> ", json_object_get(event, "state"));
		text_put(text, " ");
	}
	put_known(text, "", json_object_get(event, "cause"), " ");
	put(text, "", json_object_get(event, "fds"));
	put(text, "/", json_object_get(event, "soft_limit"));
	put_known(text, " ", json_object_get(event, "percent"), "%");
	if (is(type, "limit"))
		put(text, " was ", json_object_get(event, "previous_limit"));
	if (json_is_number(eta)) {
		text_put(text, " full in ");
		text_put(text, format_duration(json_number_value(eta), duration));
	}
}

static void add_details(struct table *table, const json_t *event, const char *type)
{
	__attribute__((cleanup(text_free))) struct text text = {0};

	if (is(type, "lost"))
		put(&text, "events missed: ", json_object_get(event, "count"));
	else
		put_details(&text, event, type);
	if (text.failed)
		table_fail(table);
	table_add(table, TONE_PLAIN, text.bytes, text.length);
}

int event_print(const json_t *event, FILE *out, const struct terminal *terminal)
{
	__attribute__((cleanup(table_freep))) struct table *table =
		table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const char *type = json_string_value(json_object_get(event, "type"));
	const char *state = json_string_value(json_object_get(event, "state"));
	const char *time = json_string_value(json_object_get(event, "time"));
	const json_t *subject = json_object_get(event, "subject");
	const json_t *comm = json_object_get(event, "comm");
	char local[FORMAT_SIZE];

	if (time && format_time(time, local))
		table_put(table, TONE_PLAIN, local);
	else
		table_json(table, TONE_PLAIN, json_object_get(event, "time"));
	table_json(table, event_tone(type, state), json_object_get(event, "type"));
	table_json(table, TONE_PLAIN, json_object_get(event, "pid"));
	table_json(table, TONE_PLAIN, json_is_string(subject) ? subject : comm);
	add_details(table, event, type);
	table_json(table, TONE_PLAIN, json_object_get(event, "unit"));
	return table_print(table, out, terminal);
}
