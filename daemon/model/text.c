// SPDX-License-Identifier: BSD-2-Clause
#include "model/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* What the first byte announces, and which second bytes it allows (Unicode, table 3-7). */
static size_t announced(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

size_t text_character(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char low, high;
	size_t size;

	if (length == 0)
		return 0;
	size = announced(bytes[0], &low, &high);
	if (size > length)
		return 0;
	if (size > 1 && (bytes[1] < low || bytes[1] > high))
		return 0;
	for (size_t i = 2; i < size; i++)
		if (!continues(bytes[i]))
			return 0;
	return size;
}

/* Whether the well-formed character stands on the list in text.h. */
static bool is_obeyed(const unsigned char *bytes, size_t size)
{
	if (size == 1)
		return bytes[0] == 0x7f;
	if (size == 2)
		return bytes[0] == 0xc2 && bytes[1] < 0xa0;
	if (size != 3 || bytes[0] != 0xe2)
		return false;
	return (bytes[1] == 0x80 && bytes[2] >= 0xaa && bytes[2] <= 0xae) ||
	       (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
}

size_t text_shown(const char *text, size_t length)
{
	size_t size = text_character(text, length);

	return is_obeyed((const unsigned char *)text, size) ? 0 : size;
}

typedef size_t passing(const char *text, size_t length);

/* The bytes, those that `passes` says 0 of spelt. Cut before a character that does not fit. */
static void spell(char *buffer, size_t size, const char *bytes, passing *passes)
{
	size_t left = strlen(bytes), used = 0;

	while (left > 0) {
		size_t passed = passes(bytes, left);
		size_t wanted = passed ?: TEXT_SPELT_SIZE;

		if (wanted >= size - used)
			break;
		if (passed)
			memcpy(buffer + used, bytes, passed);
		else
			snprintf(buffer + used, size - used, "\\x%02x", (unsigned char)*bytes);
		used += wanted;
		bytes += passed ?: 1;
		left -= passed ?: 1;
	}
	buffer[used] = '\0';
}

static size_t shown_on_a_line(const char *text, size_t length)
{
	return (unsigned char)*text < ' ' ? 0 : text_shown(text, length);
}

void text_spell(char *buffer, size_t size, const char *bytes)
{
	spell(buffer, size, bytes, shown_on_a_line);
}

void text_encode(char *buffer, size_t size, const char *bytes)
{
	spell(buffer, size, bytes, text_character);
}

void text_time(char buffer[TEXT_TIME_SIZE], uint64_t real_time)
{
	time_t seconds = (time_t)(real_time / 1000000);
	struct tm parts = {};
	char date[24];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(buffer, TEXT_TIME_SIZE, "%s.%06uZ", date, (unsigned)(real_time % 1000000));
}

void text_duration(char buffer[TEXT_DURATION_SIZE], double seconds)
{
	static const struct {
		double longest; /* up to which the two units are used */
		unsigned long unit, part;
		const char *name, *part_name;
	} scales[] = {
		{600, 60, 1, "min", "s"},
		{3600, 60, 60, "min", "min"},
		{86400, 3600, 60, "h", "min"},
		{1e15, 86400, 3600, "d", "h"},
	};
	unsigned long rounded, rest;
	size_t i = 0;

	if (seconds < 59.5) {
		snprintf(buffer, TEXT_DURATION_SIZE, "%.0f s", seconds > 0 ? seconds : 0);
		return;
	}
	if (seconds > scales[3].longest)
		seconds = scales[3].longest;
	while (i < 3 && seconds + (double)scales[i].part / 2 >= scales[i].longest)
		i++;
	rounded = (unsigned long)(seconds / (double)scales[i].part + 0.5) * scales[i].part;
	rest = rounded % scales[i].unit / scales[i].part;
	if (rest)
		snprintf(buffer, TEXT_DURATION_SIZE, "%lu %s %lu %s", rounded / scales[i].unit,
			 scales[i].name, rest, scales[i].part_name);
	else
		snprintf(buffer, TEXT_DURATION_SIZE, "%lu %s", rounded / scales[i].unit,
			 scales[i].name);
}

/* Where what is to be hidden of a word begins: behind "://", or with the word. */
static const char *behind_scheme(const char *word, const char *at)
{
	const char *scheme =
		word + strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return at - scheme >= 3 && !strncmp(scheme, "://", 3) ? scheme + 3 : word;
}

void text_hide_users(char *buffer, size_t size, const char *words)
{
	size_t length = 0;

	buffer[0] = '\0';
	while (*words && length < size) {
		size_t word = strcspn(words, " \t");
		const char *at = memrchr(words, '@', word); /* a password may have one too */
		const char *from = at ? behind_scheme(words, at) : words;

		if (at)
			length += (size_t)snprintf(buffer + length, size - length, "%.*s***",
						   (int)(from - words), words);
		else
			at = words;
		word += strspn(words + word, " \t"); /* with the blanks behind it */
		if (length < size)
			length += (size_t)snprintf(buffer + length, size - length, "%.*s",
						   (int)(words + word - at), at);
		words += word;
	}
}

const char *text_base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}
