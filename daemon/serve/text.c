// SPDX-License-Identifier: BSD-2-Clause
#include "serve/text.h"

#include <stdbool.h>
#include <stdio.h>
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

void text_time(char buffer[TEXT_TIME_SIZE], uint64_t real_time)
{
	time_t seconds = (time_t)(real_time / 1000000);
	struct tm parts = {};
	char date[24];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(buffer, TEXT_TIME_SIZE, "%s.%06uZ", date, (unsigned)(real_time % 1000000));
}
