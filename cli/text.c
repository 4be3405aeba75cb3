// SPDX-License-Identifier: BSD-2-Clause
#include "text.h"

#include <string.h>

#define CAPACITY_FIRST 256

void text_add(struct text *text, const char *bytes, size_t length)
{
	if (text->failed || length == 0)
		return;
	if (length > text->capacity - text->length) {
		size_t capacity = text->capacity ? text->capacity : CAPACITY_FIRST;
		char *larger;

		while (capacity - text->length < length && capacity <= SIZE_MAX / 2)
			capacity *= 2;
		larger = capacity - text->length < length ? NULL : realloc(text->bytes, capacity);
		if (!larger) {
			text->failed = true;
			return;
		}
		text->bytes = larger;
		text->capacity = capacity;
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_put(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}
