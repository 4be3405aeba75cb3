// SPDX-License-Identifier: BSD-2-Clause
#include "top/reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define COLUMNS_MAX 64
#define ROWS_MAX 8000000 /* twice as many as the kernel has pids */
#define DIGITS_MAX 40

enum field {
	FIELD_NONE,
	FIELD_PID,
	FIELD_START,
	FIELD_PARENT,
	FIELD_COMM,
	FIELD_UID,
	FIELD_USER,
	FIELD_UNIT,
	FIELD_CONTAINER,
	FIELD_FDS,
	FIELD_LIMIT,
	FIELD_PEAK,
	FIELD_OPENED,
	FIELD_CLOSED,
	FIELD_REFUSED,
	FIELD_GROWTH,
	FIELD_ETA,
	FIELD_ETA_LOW,
	FIELD_ETA_HIGH,
	FIELD_STATE,
	FIELD_TRACKED,
	FIELD_COUNT,
};

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_PID] = "pid",
	[FIELD_START] = "start_time",
	[FIELD_PARENT] = "parent_pid",
	[FIELD_COMM] = "comm",
	[FIELD_UID] = "uid",
	[FIELD_USER] = "user",
	[FIELD_UNIT] = "unit",
	[FIELD_CONTAINER] = "container",
	[FIELD_FDS] = "fds",
	[FIELD_LIMIT] = "soft_limit",
	[FIELD_PEAK] = "peak",
	[FIELD_OPENED] = "opened_total",
	[FIELD_CLOSED] = "closed_total",
	[FIELD_REFUSED] = "emfile_total",
	[FIELD_GROWTH] = "growth_per_second",
	[FIELD_ETA] = "eta_seconds",
	[FIELD_ETA_LOW] = "eta_low_seconds",
	[FIELD_ETA_HIGH] = "eta_high_seconds",
	[FIELD_STATE] = "state",
	[FIELD_TRACKED] = "tracked",
};

/* {"polled_seconds":n,"columns":["pid",…],"rows":[[1,…],…]} */
enum { IN_NOTHING, IN_ANSWER, IN_LIST, IN_ROW };

enum part { PART_OTHER, PART_POLLED, PART_COLUMNS, PART_ROWS };

struct reader {
	yajl_handle parser;
	struct rows *rows;
	struct row *row;
	enum part part;
	size_t depth;
	size_t column; /* of the row */
	size_t column_count;
	enum field columns[COLUMNS_MAX];
	/* Neighbours often have the same user, unit or name. */
	struct {
		uint32_t offset;
		size_t length;
	} last[FIELD_COUNT];
	bool listed;
	bool out_of_memory;
};

static bool is(const char *name, const unsigned char *key, size_t length)
{
	return strlen(name) == length && memcmp(name, key, length) == 0;
}

static int on_key(void *data, const unsigned char *key, size_t length)
{
	struct reader *reader = data;

	if (reader->depth != IN_ANSWER)
		return 1;
	reader->part = is("rows", key, length)             ? PART_ROWS
		       : is("columns", key, length)        ? PART_COLUMNS
		       : is("polled_seconds", key, length) ? PART_POLLED
							   : PART_OTHER;
	return 1;
}

static int on_array(void *data)
{
	struct reader *reader = data;

	reader->depth++;
	if (reader->depth == IN_ANSWER)
		return 0;
	if (reader->part == PART_ROWS && reader->depth == IN_LIST)
		reader->listed = true;
	if (reader->row && reader->depth == IN_ROW + 1)
		reader->column++; /* of no use here */
	if (reader->part != PART_ROWS || reader->depth != IN_ROW)
		return 1;
	reader->row = reader->rows->count < ROWS_MAX ? rows_add(reader->rows) : NULL;
	reader->column = 0;
	reader->out_of_memory |= !reader->row;
	return reader->row != NULL;
}

static int on_object(void *data)
{
	struct reader *reader = data;

	reader->depth++;
	return reader->depth == IN_ANSWER || reader->part == PART_OTHER;
}

static void finish_row(struct row *row)
{
	row->id = (uint64_t)(uint32_t)row->pid;
	if (row->limit != ROWS_UNKNOWN && row->limit > 0)
		row->usage = (double)row->fds / (double)row->limit;
	else
		row->usage = row->limit == 0 ? 1 : 0;
}

static int on_end(void *data)
{
	struct reader *reader = data;

	if (reader->row && reader->depth == IN_ROW) {
		finish_row(reader->row);
		reader->row = NULL;
	}
	reader->depth--;
	return 1;
}

/* The column that the value stands in. */
static enum field take_column(struct reader *reader)
{
	size_t column = reader->column++;

	return column < reader->column_count ? reader->columns[column] : FIELD_NONE;
}

static int on_null(void *data)
{
	struct reader *reader = data;

	if (reader->row && reader->depth == IN_ROW)
		take_column(reader);
	return reader->depth != IN_NOTHING;
}

static int on_boolean(void *data, int value)
{
	struct reader *reader = data;

	if (reader->row && reader->depth == IN_ROW && take_column(reader) == FIELD_TRACKED)
		reader->row->tracked = value;
	return reader->depth != IN_NOTHING;
}

/* Whole numbers of up to 18 digits, which most are, without the C library's help. */
static bool small_number(const char *digits, size_t length, uint64_t *number)
{
	*number = 0;
	if (length > 18)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(digits[i] - '0');
	}
	return true;
}

static double read_number(const char *digits, size_t length)
{
	char text[DIGITS_MAX + 1];

	if (length > DIGITS_MAX)
		return NAN;
	memcpy(text, digits, length);
	text[length] = '\0';
	return strtod(text, NULL);
}

static uint32_t clip(uint64_t number)
{
	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static void take_whole(struct row *row, enum field field, uint64_t number)
{
	switch (field) {
	case FIELD_PID:
		row->pid = number <= INT32_MAX ? (int32_t)number : 0;
		break;
	case FIELD_PARENT:
		row->parent = number <= INT32_MAX ? (int32_t)number : 0;
		break;
	case FIELD_START:
		row->start_time = number;
		break;
	case FIELD_UID:
		row->uid = clip(number);
		break;
	case FIELD_FDS:
		row->fds = clip(number);
		break;
	case FIELD_PEAK:
		row->peak = clip(number);
		break;
	case FIELD_LIMIT:
		row->limit = number;
		break;
	case FIELD_OPENED:
		row->opened = number;
		break;
	case FIELD_CLOSED:
		row->closed = number;
		break;
	case FIELD_REFUSED:
		row->refused = number;
		break;
	default:
		break;
	}
}

static void take_real(struct row *row, enum field field, double number)
{
	if (field == FIELD_GROWTH)
		row->growth = number;
	else if (field == FIELD_ETA)
		row->eta = number;
	else if (field == FIELD_ETA_LOW)
		row->eta_low = number;
	else if (field == FIELD_ETA_HIGH)
		row->eta_high = number;
	else if (number >= 0 && number < 0x1p64)
		take_whole(row, field, (uint64_t)number);
}

static int on_number(void *data, const char *digits, size_t length)
{
	struct reader *reader = data;
	uint64_t number;
	enum field field;

	if (reader->depth == IN_ANSWER && reader->part == PART_POLLED)
		reader->rows->polled = read_number(digits, length);
	if (!reader->row || reader->depth != IN_ROW)
		return reader->depth != IN_NOTHING;
	field = take_column(reader);
	if (field == FIELD_NONE)
		return 1;
	if ((field < FIELD_GROWTH || field > FIELD_ETA_HIGH) &&
	    small_number(digits, length, &number))
		take_whole(reader->row, field, number);
	else
		take_real(reader->row, field, read_number(digits, length));
	return 1;
}

static uint32_t keep(struct reader *reader, enum field field, const char *bytes, size_t length)
{
	const char *before = rows_string(reader->rows, reader->last[field].offset);

	if (length > 0 && reader->last[field].length == length &&
	    memcmp(before, bytes, length) == 0)
		return reader->last[field].offset;
	reader->last[field].offset = rows_keep(reader->rows, bytes, length);
	reader->last[field].length = length;
	return reader->last[field].offset;
}

static void take_string(struct reader *reader, enum field field, const char *bytes, size_t length)
{
	struct row *row = reader->row;
	enum state state;

	switch (field) {
	case FIELD_COMM:
		row->comm = keep(reader, field, bytes, length);
		break;
	case FIELD_USER:
		row->user = keep(reader, field, bytes, length);
		break;
	case FIELD_UNIT:
		row->unit = keep(reader, field, bytes, length);
		break;
	case FIELD_CONTAINER:
		row->container = keep(reader, field, bytes, length);
		break;
	case FIELD_STATE:
		state = state_parse(bytes, length);
		row->state = state < STATE_COUNT ? state : STATE_OK;
		break;
	default:
		break;
	}
}

static void add_column(struct reader *reader, const unsigned char *name, size_t length)
{
	enum field found = FIELD_NONE;

	for (enum field field = FIELD_NONE + 1; field < FIELD_COUNT; field++)
		if (is(field_names[field], name, length))
			found = field;
	if (reader->column_count < COLUMNS_MAX)
		reader->columns[reader->column_count++] = found;
}

static int on_string(void *data, const unsigned char *string, size_t length)
{
	struct reader *reader = data;

	if (reader->row && reader->depth == IN_ROW)
		take_string(reader, take_column(reader), (const char *)string, length);
	else if (reader->part == PART_COLUMNS && reader->depth == IN_LIST)
		add_column(reader, string, length);
	return reader->depth != IN_NOTHING;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

struct reader *reader_new(struct rows *rows)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->rows = rows;
	reader->parser = yajl_alloc(&callbacks, NULL, reader);
	if (reader->parser)
		return reader;
	free(reader);
	return NULL;
}

static int result(const struct reader *reader, yajl_status status)
{
	if (reader->out_of_memory || reader->rows->strings.failed)
		return -ENOMEM;
	return status == yajl_status_ok ? 0 : -EBADMSG;
}

int reader_feed(struct reader *reader, const char *bytes, size_t length)
{
	return result(reader, yajl_parse(reader->parser, (const unsigned char *)bytes, length));
}

int reader_end(struct reader *reader)
{
	int error = result(reader, yajl_complete_parse(reader->parser));

	if (error == 0 && !reader->listed)
		error = -EBADMSG;
	rows_sort(reader->rows);
	yajl_free(reader->parser);
	free(reader);
	return error;
}
