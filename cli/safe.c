// SPDX-License-Identifier: BSD-2-Clause
#include "safe.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* More marks than this on one letter spill over the lines around it. */
#define MARKS_MAX 2

struct range {
	uint32_t first;
	uint32_t last;
};

/* What takes no ink, looks like a plain space, or turns the direction of text. */
static const struct range invisible[] = {
	{0x00a0, 0x00a0},   {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
	{0x115f, 0x1160},   {0x1680, 0x1680}, {0x17b4, 0x17b5},   {0x180b, 0x180f},
	{0x2000, 0x200f},   {0x2028, 0x202f}, {0x205f, 0x206f},   {0x2800, 0x2800},
	{0x3000, 0x3000},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
	{0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

static bool is_invisible(uint32_t point)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (point >= invisible[i].first && point <= invisible[i].last)
			return true;
	return false;
}

bool safe_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Decodes one code point by the strict rules; returns its length in bytes, 0 if it is none. */
static size_t decode(const char *bytes, size_t length, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *)bytes;
	size_t count;

	if (at[0] < 0x80) {
		*point = at[0];
		return 1;
	}
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		count = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		count = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		count = 4;
	else
		return 0;
	if (count > length)
		return 0;
	*point = at[0] & (0x7fU >> count);
	for (size_t i = 1; i < count; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (at[i] & 0x3f);
	}
	if (*point < least[count] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return count;
}

/* `marks` counts the marks put on the letter before; a mark that has no letter is not one. */
static bool is_printable(uint32_t point, bool utf8, unsigned int *marks)
{
	int width;

	if (point < 0x80) {
		*marks = 0;
		return point >= 0x20 && point != 0x7f;
	}
	if (!utf8 || is_invisible(point) || !iswprint((wint_t)point))
		return false;
	width = wcwidth((wchar_t)point);
	if (width == 0)
		return ++*marks <= MARKS_MAX;
	*marks = 0;
	return width > 0;
}

static size_t escape_byte(char *out, unsigned int byte)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 0xf];
	return 4;
}

/* Fits SAFE_EXPANSION: the longest, \U0001f600, stands for 4 bytes. */
static size_t escape(char *out, uint32_t point)
{
	char text[16];
	int length;

	switch (point) {
	case '\n':
		memcpy(out, "\\n", 2);
		return 2;
	case '\r':
		memcpy(out, "\\r", 2);
		return 2;
	case '\t':
		memcpy(out, "\\t", 2);
		return 2;
	}
	if (point < 0x80)
		return escape_byte(out, point);
	length = snprintf(text, sizeof(text), point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
	memcpy(out, text, (size_t)length);
	return (size_t)length;
}

static bool is_plain(char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

static size_t plain_length(const char *bytes, size_t length)
{
	size_t plain = 0;

	while (plain < length && is_plain(bytes[plain]))
		plain++;
	return plain;
}

size_t safe_write(char *out, const char *bytes, size_t length)
{
	size_t used = plain_length(bytes, length); /* most text is nothing else */
	unsigned int marks = used > 0 ? 0 : MARKS_MAX;
	bool utf8 = used < length && safe_is_utf8();
	size_t at = used;

	memcpy(out, bytes, used);
	while (at < length) {
		uint32_t point;
		size_t count = decode(bytes + at, length - at, &point);

		if (count > 0 && is_printable(point, utf8, &marks)) {
			memcpy(out + used, bytes + at, count);
			used += count;
			at += count;
			continue;
		}
		marks = MARKS_MAX;
		if (count > 0) {
			used += escape(out + used, point);
			at += count;
			continue;
		}
		/* No text at all: byte by byte. */
		used += escape_byte(out + used, (unsigned char)bytes[at]);
		at++;
	}
	return used;
}

/* Columns of the code point at `text`, and its length in bytes. */
static size_t point_width(const char *text, size_t length, size_t *count)
{
	uint32_t point;
	int width;

	*count = decode(text, length, &point);
	if (*count == 0) {
		*count = 1;
		return 1;
	}
	width = point < 0x80 ? 1 : wcwidth((wchar_t)point);
	return width > 0 ? (size_t)width : 0;
}

size_t safe_width(const char *text, size_t length)
{
	size_t width = plain_length(text, length);
	size_t count;

	for (size_t at = width; at < length; at += count)
		width += point_width(text + at, length - at, &count);
	return width;
}

size_t safe_fit(const char *text, size_t length, size_t width)
{
	size_t used = 0;
	size_t taken = 0;

	while (used < length) {
		size_t count;

		taken += point_width(text + used, length - used, &count);
		if (taken > width)
			break;
		used += count;
	}
	return used;
}

size_t safe_print_cut(FILE *out, const char *text, size_t length, size_t width)
{
	const char *mark = safe_is_utf8() ? "\u2026" : "...";
	size_t mark_width = safe_width(mark, strlen(mark));
	size_t kept;

	if (mark_width > width) {
		mark = "";
		mark_width = 0;
	}
	kept = safe_fit(text, length, width - mark_width);
	fwrite(text, 1, kept, out);
	fputs(mark, out);
	return safe_width(text, kept) + mark_width;
}

void complain(const char *format, ...)
{
	char *raw = NULL;
	char *text = NULL;
	size_t used = 0;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&raw, format, arguments);
	va_end(arguments);
	if (length >= 0) {
		text = calloc((size_t)length + 1, SAFE_EXPANSION);
		if (text)
			used = safe_write(text, raw, (size_t)length);
		free(raw);
	}
	fprintf(stderr, "fdwatch: %.*s\n", (int)used, text ? text : "");
	free(text);
}
