// SPDX-License-Identifier: BSD-2-Clause
#include "serve/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/text.h"

#define FIRST_CAPACITY 1024

void writer_free(struct writer *writer)
{
	free(writer->data);
	*writer = (struct writer){};
}

/* Room for `size` more bytes, or NULL. */
static char *reserve(struct writer *writer, size_t size)
{
	size_t capacity = writer->capacity ?: FIRST_CAPACITY;
	char *data;

	if (writer->failed)
		return NULL;
	if (size <= writer->capacity - writer->length)
		return writer->data + writer->length;
	while (capacity - writer->length < size)
		capacity *= 2;
	data = realloc(writer->data, capacity);
	if (!data) {
		writer->failed = true;
		return NULL;
	}
	writer->data = data;
	writer->capacity = capacity;
	return data + writer->length;
}

static void append(struct writer *writer, const char *bytes, size_t size)
{
	char *to = reserve(writer, size);

	if (!to)
		return;
	memcpy(to, bytes, size);
	writer->length += size;
}

static void append_byte(struct writer *writer, char byte)
{
	append(writer, &byte, 1);
}

/* A value needs a comma before it unless it is the first of its kind. */
static bool follows_value(const struct writer *writer)
{
	char last = writer->length ? writer->data[writer->length - 1] : '\n';

	return last != '{' && last != '[' && last != '\n';
}

/* Comma, key and colon go in at once: they are most of what is written. */
static void begin(struct writer *writer, const char *key)
{
	size_t length = key ? strlen(key) : 0;
	bool comma = follows_value(writer);
	char *to = reserve(writer, length + 4);

	if (!to)
		return;
	if (comma)
		*to++ = ',';
	if (key) {
		*to++ = '"';
		to = mempcpy(to, key, length);
		*to++ = '"';
		*to++ = ':';
	}
	writer->length = (size_t)(to - writer->data);
}

void write_open(struct writer *writer, const char *key, char bracket)
{
	begin(writer, key);
	append_byte(writer, bracket);
}

void write_close(struct writer *writer, char bracket)
{
	append_byte(writer, bracket);
}

void write_null(struct writer *writer, const char *key)
{
	begin(writer, key);
	append(writer, "null", 4);
}

void write_bool(struct writer *writer, const char *key, bool value)
{
	begin(writer, key);
	append(writer, value ? "true" : "false", value ? 4 : 5);
}

void write_unsigned(struct writer *writer, const char *key, uint64_t value)
{
	char digits[20];
	size_t first = sizeof(digits);

	do
		digits[--first] = (char)('0' + value % 10);
	while (value /= 10);
	begin(writer, key);
	append(writer, digits + first, sizeof(digits) - first);
}

void write_signed(struct writer *writer, const char *key, int64_t value)
{
	char digits[24];

	if (value >= 0) { /* nearly always, and far quicker */
		write_unsigned(writer, key, (uint64_t)value);
		return;
	}
	begin(writer, key);
	append(writer, digits, (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value));
}

void write_double(struct writer *writer, const char *key, double value)
{
	char digits[32];

	if (!isfinite(value)) {
		write_null(writer, key);
		return;
	}
	begin(writer, key);
	append(writer, digits, (size_t)snprintf(digits, sizeof(digits), "%.9g", value));
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* One character that does not stand for itself, or a byte that is none; returns its bytes. */
static size_t append_special(struct writer *writer, const char *text, size_t length)
{
	unsigned char byte = (unsigned char)*text;
	size_t size = text_character(text, length);
	char escape[8];

	if (size > 1) {
		append(writer, text, size);
		return size;
	}
	if (size == 0)
		snprintf(escape, sizeof(escape), "\\\\x%02x", byte);
	else if (byte == '"' || byte == '\\')
		snprintf(escape, sizeof(escape), "\\%c", byte);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", byte);
	append(writer, escape, strlen(escape));
	return 1;
}

void write_string(struct writer *writer, const char *key, const char *value)
{
	size_t length, done = 0;

	if (!value) {
		write_null(writer, key);
		return;
	}
	length = strlen(value);
	begin(writer, key);
	append_byte(writer, '"');
	while (done < length) {
		size_t plain = done;

		while (plain < length && is_plain((unsigned char)value[plain]))
			plain++;
		append(writer, value + done, plain - done);
		done = plain;
		if (done < length)
			done += append_special(writer, value + done, length - done);
	}
	append_byte(writer, '"');
}

void write_known(struct writer *writer, const char *key, const char *value)
{
	write_string(writer, key, value && *value ? value : NULL);
}

void write_line_end(struct writer *writer)
{
	append_byte(writer, '\n');
}
