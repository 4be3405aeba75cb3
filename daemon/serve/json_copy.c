// SPDX-License-Identifier: BSD-2-Clause
#include "serve/json_copy.h"

#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "cleanup.h"

#define DEPTH_MAX 16
#define NAME_SIZE 64

struct copy {
	struct writer *writer; /* NULL: only looked through */
	unsigned int depth;
	bool named; /* a member's name is in `name` */
	char name[NAME_SIZE];
};

/* The name that the value now to be written has, if it is a member. */
static const char *take_name(struct copy *c)
{
	bool named = c->named;

	c->named = false;
	return named ? c->name : NULL;
}

static int open_up(struct copy *c, char bracket)
{
	if (c->depth == 0 && bracket != '{')
		return 0;
	if (++c->depth > DEPTH_MAX)
		return 0;
	if (c->writer && c->depth > 1)
		write_open(c->writer, take_name(c), bracket);
	return 1;
}

static int close_up(struct copy *c, char bracket)
{
	if (c->writer && c->depth > 1)
		write_close(c->writer, bracket);
	c->depth--;
	return 1;
}

static int on_open_map(void *data)
{
	return open_up(data, '{');
}

static int on_close_map(void *data)
{
	return close_up(data, '}');
}

static int on_open_array(void *data)
{
	return open_up(data, '[');
}

static int on_close_array(void *data)
{
	return close_up(data, ']');
}

static int on_name(void *data, const unsigned char *text, size_t length)
{
	struct copy *c = data;

	if (length == 0 || length >= sizeof(c->name))
		return 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return 0;
	memcpy(c->name, text, length);
	c->name[length] = '\0';
	c->named = true;
	return 1;
}

static int on_null(void *data)
{
	struct copy *c = data;

	if (c->writer)
		write_null(c->writer, take_name(c));
	return c->depth > 0;
}

static int on_bool(void *data, int value)
{
	struct copy *c = data;

	if (c->writer)
		write_bool(c->writer, take_name(c), value);
	return c->depth > 0;
}

static int on_number(void *data, const char *text, size_t length)
{
	struct copy *c = data;
	char digits[NAME_SIZE];

	if (length >= sizeof(digits))
		return 0;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (c->writer)
		write_number(c->writer, take_name(c), digits);
	return c->depth > 0;
}

static int on_string(void *data, const unsigned char *text, size_t length)
{
	struct copy *c = data;
	_free_ char *string = c->writer ? strndup((const char *)text, length) : NULL;

	if (c->writer && !string)
		c->writer->failed = true;
	if (string)
		write_string(c->writer, take_name(c), string);
	return c->depth > 0;
}

static int parse(struct copy *c, const char *text, size_t length)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_bool,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_open_map,
		.yajl_map_key = on_name,
		.yajl_end_map = on_close_map,
		.yajl_start_array = on_open_array,
		.yajl_end_array = on_close_array,
	};
	yajl_handle parser = yajl_alloc(&callbacks, NULL, c);
	yajl_status status;

	if (!parser)
		return -ENOMEM;
	status = yajl_parse(parser, (const unsigned char *)text, length);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parser);
	yajl_free(parser);
	return status == yajl_status_ok ? 0 : -EBADMSG;
}

int json_copy_members(struct writer *writer, const char *text, size_t length)
{
	struct copy look = {}, copy = {.writer = writer};
	int r = parse(&look, text, length);

	return r < 0 ? r : parse(&copy, text, length);
}
