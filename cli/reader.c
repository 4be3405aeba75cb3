// SPDX-License-Identifier: BSD-2-Clause
#include "reader.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xfffd

static bool fail(struct reader *reader)
{
	reader->failed = true;
	reader->at = reader->end;
	return false;
}

/* The next byte that is no white space, or NUL at the end. */
static char peek(struct reader *reader)
{
	while (reader->at < reader->end) {
		char byte = *reader->at;

		if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r')
			return byte;
		reader->at++;
	}
	return '\0';
}

bool reader_enter(struct reader *reader, char bracket)
{
	if (reader->failed || peek(reader) != bracket)
		return fail(reader);
	reader->at++;
	reader->first = true;
	return true;
}

/* Steps over the comma before the next one; false when the array or object is left. */
static bool next(struct reader *reader, char closing)
{
	bool first = reader->first;
	char byte;

	if (reader->failed)
		return false;
	reader->first = false;
	byte = peek(reader);
	if (byte == closing) {
		reader->at++;
		return false;
	}
	if (first)
		return true;
	if (byte != ',')
		return fail(reader);
	reader->at++;
	return true;
}

bool reader_element(struct reader *reader)
{
	return next(reader, ']');
}

bool reader_member(struct reader *reader, struct value *key)
{
	if (!next(reader, '}'))
		return false;
	*key = reader_value(reader);
	if (key->type != VALUE_STRING || peek(reader) != ':')
		return fail(reader);
	reader->at++;
	return true;
}

static const char *string_end(const char *at, const char *end)
{
	for (; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at : NULL;
}

static void read_string(struct reader *reader, struct value *value)
{
	const char *end = string_end(reader->at + 1, reader->end);

	if (!end) {
		fail(reader);
		return;
	}
	value->type = VALUE_STRING;
	value->start = reader->at + 1;
	value->length = (size_t)(end - value->start);
	reader->at = end + 1;
}

/* Brackets are counted, not matched by kind: whoever enters the value finds a wrong one. */
static void read_nested(struct reader *reader, struct value *value, enum value_type type)
{
	const char *at = reader->at;
	size_t depth = 0;

	do {
		if (at >= reader->end) {
			fail(reader);
			return;
		}
		if (*at == '"') {
			at = string_end(at + 1, reader->end);
			if (!at) {
				fail(reader);
				return;
			}
		} else if (*at == '{' || *at == '[') {
			depth++;
		} else if (*at == '}' || *at == ']') {
			depth--;
		}
		at++;
	} while (depth > 0);
	value->type = type;
	value->start = reader->at;
	value->length = (size_t)(at - reader->at);
	reader->at = at;
}

static void read_word(struct reader *reader, struct value *value, const char *word,
		      enum value_type type)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) {
		fail(reader);
		return;
	}
	value->type = type;
	value->start = reader->at;
	value->length = length;
	reader->at += length;
}

static void read_number(struct reader *reader, struct value *value)
{
	const char *at = reader->at;

	while (at < reader->end && ((*at >= '0' && *at <= '9') || *at == '-' || *at == '+' ||
				    *at == '.' || *at == 'e' || *at == 'E'))
		at++;
	if (at == reader->at) {
		fail(reader);
		return;
	}
	value->type = VALUE_NUMBER;
	value->start = reader->at;
	value->length = (size_t)(at - reader->at);
	reader->at = at;
}

struct value reader_value(struct reader *reader)
{
	struct value value = {0};

	if (reader->failed)
		return value;
	switch (peek(reader)) {
	case '"':
		read_string(reader, &value);
		break;
	case '{':
		read_nested(reader, &value, VALUE_OBJECT);
		break;
	case '[':
		read_nested(reader, &value, VALUE_ARRAY);
		break;
	case 'n':
		read_word(reader, &value, "null", VALUE_NULL);
		break;
	case 't':
		read_word(reader, &value, "true", VALUE_TRUE);
		break;
	case 'f':
		read_word(reader, &value, "false", VALUE_FALSE);
		break;
	default:
		read_number(reader, &value);
	}
	return value;
}

bool reader_members(struct reader *reader, const char *const *names, size_t count,
		    struct value *values)
{
	struct value key;

	memset(values, 0, count * sizeof(*values));
	if (!reader_enter(reader, '{'))
		return false;
	while (reader_member(reader, &key)) {
		struct value value = reader_value(reader);

		for (size_t i = 0; i < count; i++) {
			if (value_is(key, names[i])) {
				values[i] = value;
				break;
			}
		}
	}
	return !reader->failed;
}

struct reader reader_of(struct value value)
{
	return (struct reader){.at = value.start, .end = value.start + value.length};
}

bool value_is(struct value value, const char *string)
{
	return value.type == VALUE_STRING && strlen(string) == value.length &&
	       memcmp(value.start, string, value.length) == 0;
}

/* The 4 hexadecimal digits of \uXXXX; -1 where they are none. */
static int32_t read_unit(const char *at, const char *end)
{
	int32_t unit = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char digit = at[i];

		unit <<= 4;
		if (digit >= '0' && digit <= '9')
			unit |= digit - '0';
		else if (digit >= 'a' && digit <= 'f')
			unit |= digit - 'a' + 10;
		else if (digit >= 'A' && digit <= 'F')
			unit |= digit - 'A' + 10;
		else
			return -1;
	}
	return unit;
}

/* Decodes the digits after \u at *at, and the second half of a pair where there is one. */
static uint32_t read_point(const char **at, const char *end)
{
	int32_t unit = read_unit(*at, end);
	int32_t second;

	if (unit < 0)
		return '?'; /* shorter than the escape, as the room for the text demands */
	*at += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return (uint32_t)unit;
	if (unit > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return REPLACEMENT;
	second = read_unit(*at + 2, end);
	if (second < 0xdc00 || second > 0xdfff)
		return REPLACEMENT;
	*at += 6;
	return 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(second - 0xdc00);
}

static char *write_point(char *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = (char)point;
		return out;
	}
	if (point < 0x800) {
		*out++ = (char)(0xc0 | point >> 6);
	} else if (point < 0x10000) {
		*out++ = (char)(0xe0 | point >> 12);
		*out++ = (char)(0x80 | (point >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | point >> 18);
		*out++ = (char)(0x80 | (point >> 12 & 0x3f));
		*out++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (point & 0x3f));
	return out;
}

static char plain_escape(char letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return letter; /* quote, slash, backslash */
	}
}

size_t value_text(struct value value, char *out)
{
	const char *at = value.start;
	const char *end = value.start + value.length;
	char *to = out;

	while (at < end) {
		if (*at != '\\' || end - at < 2) {
			*to++ = *at++;
			continue;
		}
		at += 2;
		if (at[-1] == 'u')
			to = write_point(to, read_point(&at, end));
		else
			*to++ = plain_escape(at[-1]);
	}
	return (size_t)(to - out);
}
