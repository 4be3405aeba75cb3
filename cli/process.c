// SPDX-License-Identifier: BSD-2-Clause
#include "process.h"

#include <ctype.h>
#include <string.h>

#include "format.h"

#define CONTAINER_ID_LENGTH 64
#define CONTAINER_ID_SHOWN 12

#define USAGE_WARNING 0.80
#define USAGE_CRITICAL 0.95

enum tone process_tone(const json_t *process)
{
	const char *state = json_string_value(json_object_get(process, "state"));

	if (state && (strcmp(state, "critical") == 0 || strcmp(state, "exhausted") == 0))
		return TONE_CRITICAL;
	return state && strcmp(state, "warning") == 0 ? TONE_WARNING : TONE_PLAIN;
}

enum tone process_usage_tone(const json_t *process)
{
	double usage = json_number_value(json_object_get(process, "usage"));

	if (usage >= USAGE_CRITICAL)
		return TONE_CRITICAL;
	return usage >= USAGE_WARNING ? TONE_WARNING : TONE_PLAIN;
}

void process_add_user(struct table *table, const json_t *process)
{
	const json_t *user = json_object_get(process, "user");

	table_json(table, TONE_PLAIN,
		   json_is_string(user) ? user : json_object_get(process, "uid"));
}

/* Ids are 64 hexadecimal digits, and their first 12 are what docker ps and its kin show. */
static size_t shown_length(const json_t *container)
{
	size_t length = json_string_length(container);
	const char *text = json_string_value(container);

	if (length != CONTAINER_ID_LENGTH)
		return length;
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)text[i]))
			return length;
	return CONTAINER_ID_SHOWN;
}

void process_add_place(struct table *table, const json_t *process)
{
	const json_t *container = json_object_get(process, "container");

	if (json_is_string(container))
		table_add(table, TONE_PLAIN, json_string_value(container), shown_length(container));
	else
		table_json(table, TONE_PLAIN, json_object_get(process, "unit"));
}

void process_add_mark(struct table *table, const json_t *process)
{
	const json_t *mark = json_object_get(process, "mark");

	if (!json_is_true(json_object_get(process, "silenced")))
		table_json(table, TONE_PLAIN, mark);
	else if (json_is_string(mark))
		table_format(table, TONE_PLAIN, "silenced, %s", json_string_value(mark));
	else
		table_put(table, TONE_PLAIN, "silenced");
}

void process_add_refused(struct table *table, const json_t *process)
{
	json_t *refusals = json_object_get(process, "refusals");
	json_int_t sum = 0;
	const char *cause;
	json_t *count;

	if (!json_is_object(refusals)) {
		table_json(table, TONE_PLAIN, NULL);
		return;
	}
	json_object_foreach (refusals, cause, count)
		sum += json_integer_value(count);
	table_format(table, TONE_PLAIN, "%" JSON_INTEGER_FORMAT, sum);
}

void process_add_usage(struct table *table, const json_t *process)
{
	const json_t *usage = json_object_get(process, "usage");
	char text[FORMAT_SIZE];

	if (json_is_number(usage))
		table_put(table, process_usage_tone(process),
			  format_percent(json_number_value(usage), text));
	else
		table_json(table, TONE_PLAIN, NULL);
}

void process_add_growth(struct table *table, const json_t *process)
{
	const json_t *growth = json_object_get(process, "growth_per_second");
	char text[FORMAT_SIZE];

	if (json_is_number(growth))
		table_put(table, TONE_PLAIN, format_growth(json_number_value(growth), text));
	else
		table_json(table, TONE_PLAIN, NULL);
}

void process_add_eta(struct table *table, const json_t *process)
{
	const json_t *eta = json_object_get(process, "eta_seconds");
	char text[FORMAT_SIZE];

	if (json_is_number(eta))
		table_put(table, process_tone(process),
			  format_duration(json_number_value(eta), text));
	else
		table_json(table, TONE_PLAIN, NULL);
}
