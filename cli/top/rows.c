// SPDX-License-Identifier: BSD-2-Clause
#include "top/rows.h"

#include <math.h>
#include <string.h>

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->list[i].past);
	free(rows->list);
	text_free(&rows->strings);
	*rows = (struct rows){0};
}

struct row *rows_add(struct rows *rows)
{
	struct row *row;

	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 3 / 2 : 256;
		struct row *list = reallocarray(rows->list, capacity, sizeof(*list));

		if (!list) {
			rows->strings.failed = true;
			return NULL;
		}
		rows->list = list;
		rows->capacity = capacity;
	}
	row = &rows->list[rows->count++];
	*row = (struct row){
		.limit = ROWS_UNKNOWN,
		.opened = ROWS_UNKNOWN,
		.closed = ROWS_UNKNOWN,
		.refused = ROWS_UNKNOWN,
		.growth = NAN,
		.eta = NAN,
		.eta_low = NAN,
		.eta_high = NAN,
		.oldest = NAN,
		.median = NAN,
		.usage = NAN,
		.open_rate = NAN,
		.close_rate = NAN,
	};
	return row;
}

uint32_t rows_keep(struct rows *rows, const char *bytes, size_t length)
{
	size_t offset;

	if (rows->strings.length == 0)
		text_add(&rows->strings, "", 1); /* offset 0 */
	offset = rows->strings.length;
	if (length == 0 || offset > UINT32_MAX - length - 1)
		return 0;
	text_add(&rows->strings, bytes, length);
	text_add(&rows->strings, "", 1);
	return rows->strings.failed ? 0 : (uint32_t)offset;
}

const char *rows_string(const struct rows *rows, uint32_t offset)
{
	return offset < rows->strings.length ? rows->strings.bytes + offset : "";
}

static int compare_ids(const void *left, const void *right)
{
	const struct row *a = left;
	const struct row *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

void rows_sort(struct rows *rows)
{
	for (size_t i = 1; i < rows->count; i++) {
		if (rows->list[i - 1].id > rows->list[i].id) {
			qsort(rows->list, rows->count, sizeof(*rows->list), compare_ids);
			return;
		}
	}
}

/* Begins a history behind looks that all found `value`. */
static struct past *past_new(uint32_t value, uint32_t looks)
{
	struct past *past = malloc(sizeof(*past));

	if (!past)
		return NULL;
	past->count = looks;
	for (size_t i = 0; i < looks; i++)
		past->values[i] = value;
	return past;
}

static void past_add(struct past *past, uint32_t value)
{
	if (past->count == ROWS_PAST)
		memmove(past->values, past->values + 1, sizeof(uint32_t) * --past->count);
	past->values[past->count++] = value;
}

static float rate(uint64_t now, uint64_t before, double seconds)
{
	if (now == ROWS_UNKNOWN || before == ROWS_UNKNOWN || now < before)
		return NAN;
	return (float)((double)(now - before) / seconds);
}

static void follow(struct row *now, struct row *before, double seconds)
{
	now->looks = before->looks;
	now->past = before->past;
	before->past = NULL;
	if (!(seconds > 0)) {
		now->open_rate = before->open_rate;
		now->close_rate = before->close_rate;
		return;
	}
	if (now->looks < ROWS_PAST)
		now->looks++;
	if (!now->past && now->fds != before->fds)
		now->past = past_new(before->fds, now->looks);
	if (now->past)
		past_add(now->past, now->fds);
	if (now->members > 0)
		return; /* a group's are its members' */
	now->open_rate = rate(now->opened, before->opened, seconds);
	now->close_rate = rate(now->closed, before->closed, seconds);
}

void rows_follow(struct rows *now, struct rows *before)
{
	double seconds = now->polled - before->polled;
	size_t i = 0;

	for (size_t j = 0; i < now->count && j < before->count;) {
		struct row *row = &now->list[i];
		struct row *old = &before->list[j];

		if (row->id > old->id) {
			j++;
		} else if (row->id < old->id) {
			i++;
		} else {
			if (row->start_time == old->start_time)
				follow(row, old, seconds);
			i++;
			j++;
		}
	}
}

const struct row *rows_find(const struct rows *rows, uint64_t id)
{
	struct row key = {.id = id};

	if (rows->count == 0)
		return NULL;
	return bsearch(&key, rows->list, rows->count, sizeof(key), compare_ids);
}

/* FNV-1a */
uint64_t rows_hash(const char *bytes, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return hash;
}

static const char *const state_names[STATE_COUNT] = {
	[STATE_OK] = "ok",
	[STATE_GROWING] = "growing",
	[STATE_WARNING] = "warning",
	[STATE_CRITICAL] = "critical",
	[STATE_EXHAUSTED] = "exhausted",
};

const char *state_name(enum state state)
{
	return state < STATE_COUNT ? state_names[state] : "-";
}

enum state state_parse(const char *name, size_t length)
{
	for (enum state state = STATE_OK; state < STATE_COUNT; state++)
		if (strlen(state_names[state]) == length &&
		    memcmp(state_names[state], name, length) == 0)
			return state;
	return STATE_COUNT;
}
