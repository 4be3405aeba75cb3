// SPDX-License-Identifier: BSD-2-Clause
#include "top/sites.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "site.h"

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static uint64_t total(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : ROWS_UNKNOWN;
}

static void put_json(struct text *text, const char *before, const json_t *value)
{
	if (!json_is_string(value) || json_string_length(value) == 0)
		return;
	text_put(text, before);
	text_add(text, json_string_value(value), json_string_length(value));
}

/* The last part of a path: where the line is short it says most. */
static void put_base(struct text *text, const char *before, const json_t *path)
{
	const char *string = json_string_value(path);
	const char *slash = string ? strrchr(string, '/') : NULL;

	if (!string || !*string)
		return;
	text_put(text, before);
	text_put(text, slash && slash[1] ? slash + 1 : string);
}

void sites_frame(struct text *text, const json_t *frame)
{
	const json_t *function = json_object_get(frame, "function");
	const json_t *line = json_object_get(frame, "line");
	const json_t *offset = json_object_get(frame, "offset");
	size_t before = text->length;
	char digits[32];

	put_json(text, "", function);
	put_base(text, text->length > before ? " " : "", json_object_get(frame, "file"));
	if (json_is_integer(line)) {
		snprintf(digits, sizeof(digits), ":%" JSON_INTEGER_FORMAT,
			 json_integer_value(line));
		text_put(text, digits);
		return;
	}
	put_base(text, text->length > before ? " in " : "", json_object_get(frame, "module"));
	if (json_is_integer(offset) && !json_is_string(function)) {
		snprintf(digits, sizeof(digits), "+0x%" PRIx64,
			 (uint64_t)json_integer_value(offset));
		text_put(text, digits);
	}
	if (text->length == before)
		text_put(text, "?");
}

static void put_frames(struct text *text, const json_t *frames, size_t first)
{
	for (size_t i = first; i < json_array_size(frames); i++) {
		if (i > first)
			text_put(text, " < ");
		sites_frame(text, json_array_get(frames, i));
	}
}

void sites_place(struct text *text, const json_t *site)
{
	put_frames(text, json_object_get(site, "frames"), site_own_frame(site));
	if (text->length == 0)
		text_put(text, "where is still being found out");
}

/* By all its frames: two may differ only in what a line called. */
static uint64_t identity_of(const json_t *site)
{
	__attribute__((cleanup(text_free))) struct text text = {0};
	char pid[24];

	snprintf(pid, sizeof(pid), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(site, "pid")));
	put_frames(&text, json_object_get(site, "frames"), 0);
	text_put(&text, pid);
	put_json(&text, "", json_object_get(site, "kind"));
	return text.failed ? 0 : rows_hash(text.bytes, text.length);
}

static uint32_t keep(struct rows *rows, const json_t *value)
{
	return json_is_string(value)
		       ? rows_keep(rows, json_string_value(value), json_string_length(value))
		       : 0;
}

static void take_process(struct rows *rows, struct row *row, const struct rows *processes)
{
	const struct row *process =
		processes ? rows_find(processes, (uint64_t)(uint32_t)row->pid) : NULL;
	const char *user;
	const char *unit;

	if (!process)
		return;
	user = rows_string(processes, process->user);
	unit = rows_string(processes, process->container ? process->container : process->unit);
	row->user = rows_keep(rows, user, strlen(user));
	row->unit = rows_keep(rows, unit, strlen(unit));
	row->state = process->state;
}

static void add_site(struct rows *rows, const json_t *site, const struct rows *processes)
{
	__attribute__((cleanup(text_free))) struct text place = {0};
	struct row *row = rows_add(rows);
	const json_t *live = json_object_get(site, "live");

	if (!row)
		return;
	sites_place(&place, site);
	row->pid = (int32_t)json_integer_value(json_object_get(site, "pid"));
	row->fds = json_integer_value(live) > 0 ? (uint32_t)json_integer_value(live) : 0;
	row->opened = total(site, "opened_total");
	row->closed = total(site, "closed_total");
	row->oldest = number(site, "oldest_seconds");
	row->median = number(site, "median_age_seconds");
	row->comm = keep(rows, json_object_get(site, "comm"));
	row->kind = keep(rows, json_object_get(site, "kind"));
	row->place = rows_keep(rows, place.bytes, place.length);
	row->id = identity_of(site);
	take_process(rows, row, processes);
}

struct rows *sites_read(const json_t *answer, const struct rows *processes)
{
	const json_t *sites = json_object_get(answer, "sites");
	const json_t *site;
	struct rows *rows;
	size_t i;

	if (!json_is_array(sites))
		return NULL;
	rows = calloc(1, sizeof(*rows));
	if (!rows)
		return NULL;
	rows->polled = processes ? processes->polled : 0;
	json_array_foreach (sites, i, site)
		add_site(rows, site, processes);
	rows_sort(rows);
	if (rows->strings.failed)
		rows_freep(&rows), rows = NULL;
	return rows;
}
