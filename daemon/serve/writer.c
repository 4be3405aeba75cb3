// SPDX-License-Identifier: BSD-2-Clause
#include "serve/writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "model/text.h"

#define FIRST_CAPACITY 1024
#define SPELT_SIZE 4 /* of a byte: \xNN */

void writer_free(struct writer *writer)
{
	if (writer->generator)
		yajl_gen_free(writer->generator);
	free(writer->data);
	*writer = (struct writer){};
}

static bool grow(struct writer *writer, size_t size)
{
	size_t capacity = writer->capacity ?: FIRST_CAPACITY;
	char *data;

	while (capacity - writer->length < size)
		capacity *= 2;
	data = realloc(writer->data, capacity);
	if (!data) {
		writer->failed = true;
		return false;
	}
	writer->data = data;
	writer->capacity = capacity;
	return true;
}

/* For yajl, whose own buffer would crash where memory runs out. */
static void append(void *data, const char *bytes, size_t size)
{
	struct writer *writer = data;

	if (writer->failed)
		return;
	if (writer->limit && size > writer->limit - writer->length) {
		writer->failed = writer->too_long = true;
		return;
	}
	if (size > writer->capacity - writer->length && !grow(writer, size))
		return;
	if (size == 1) /* three of four are: commas, colons, quotes */
		writer->data[writer->length] = *bytes;
	else
		memcpy(writer->data + writer->length, bytes, size);
	writer->length += size;
}

static void check(struct writer *writer, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		writer->failed = true;
}

/* The generator, the key written; NULL where writing failed. */
static yajl_gen begin(struct writer *writer, const char *key)
{
	if (!writer->generator && !writer->failed) {
		writer->generator = yajl_gen_alloc(NULL);
		writer->failed = !writer->generator;
		if (writer->generator)
			yajl_gen_config(writer->generator, yajl_gen_print_callback, append, writer);
	}
	if (key && !writer->failed)
		check(writer,
		      yajl_gen_string(writer->generator, (const unsigned char *)key, strlen(key)));
	return writer->failed ? NULL : writer->generator;
}

void write_open(struct writer *writer, const char *key, char bracket)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, bracket == '{' ? yajl_gen_map_open(generator)
					     : yajl_gen_array_open(generator));
}

void write_close(struct writer *writer, char bracket)
{
	yajl_gen generator = begin(writer, NULL);

	if (generator)
		check(writer, bracket == '}' ? yajl_gen_map_close(generator)
					     : yajl_gen_array_close(generator));
}

void write_null(struct writer *writer, const char *key)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, yajl_gen_null(generator));
}

void write_bool(struct writer *writer, const char *key, bool value)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, yajl_gen_bool(generator, value));
}

void write_number(struct writer *writer, const char *key, const char *digits)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, yajl_gen_number(generator, digits, strlen(digits)));
}

void write_unsigned(struct writer *writer, const char *key, uint64_t value)
{
	char digits[24];

	if (value <= INT64_MAX) {
		write_signed(writer, key, (int64_t)value);
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	write_number(writer, key, digits);
}

void write_signed(struct writer *writer, const char *key, int64_t value)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, yajl_gen_integer(generator, value));
}

/* yajl would write 0.1 as 0.10000000000000000555. */
void write_double(struct writer *writer, const char *key, double value)
{
	char digits[32];

	if (!isfinite(value)) {
		write_null(writer, key);
		return;
	}
	snprintf(digits, sizeof(digits), "%.9g", value);
	write_number(writer, key, digits);
}

/* text_shown() of at least one byte; most are plain. */
static size_t shown(const char *bytes, size_t length)
{
	return (unsigned char)*bytes < 0x7f ? 1 : text_shown(bytes, length);
}

/* How many of the bytes may stand as they are up to the first that must be spelt. */
static size_t plain_length(const char *bytes, size_t length)
{
	size_t done = 0, size;

	while (done < length) {
		size = shown(bytes + done, length - done);
		if (size == 0)
			break;
		done += size;
	}
	return done;
}

/* A copy in which what is not to be shown is spelt out; NULL without memory. */
static char *spell_out(const char *bytes, size_t length)
{
	size_t room = SPELT_SIZE * length + 1;
	char *text = malloc(room), *to = text;

	while (text && length > 0) {
		size_t plain = plain_length(bytes, length);

		to = mempcpy(to, bytes, plain);
		bytes += plain;
		length -= plain;
		if (length == 0)
			break;
		to += snprintf(to, room - (size_t)(to - text), "\\x%02x", (unsigned char)*bytes);
		bytes++;
		length--;
	}
	if (text)
		*to = '\0';
	return text;
}

static void write_text(struct writer *writer, const char *key, const char *text, size_t length)
{
	yajl_gen generator = begin(writer, key);

	if (generator)
		check(writer, yajl_gen_string(generator, (const unsigned char *)text, length));
}

void write_string(struct writer *writer, const char *key, const char *value)
{
	char *spelt;
	size_t length;

	if (!value) {
		write_null(writer, key);
		return;
	}
	length = strlen(value);
	if (plain_length(value, length) == length) {
		write_text(writer, key, value, length);
		return;
	}
	spelt = spell_out(value, length);
	if (spelt)
		write_text(writer, key, spelt, strlen(spelt));
	else
		writer->failed = true;
	free(spelt);
}

size_t write_string_size(const char *value)
{
	size_t sum = 2, size;

	for (size_t left = strlen(value); left; left -= size, value += size) {
		size = shown(value, left);
		if (size > 1)
			sum += size;
		else if (size == 0)
			sum += SPELT_SIZE + 1; /* its backslash becomes two */
		else
			sum += *value < ' ' ? 6 : *value == '"' || *value == '\\' ? 2 : 1;
		size = size ?: 1;
	}
	return sum;
}

void write_known(struct writer *writer, const char *key, const char *value)
{
	write_string(writer, key, value && *value ? value : NULL);
}

void write_line_end(struct writer *writer)
{
	yajl_gen generator = begin(writer, NULL);

	if (generator)
		yajl_gen_reset(generator, "\n");
}
