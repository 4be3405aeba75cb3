// SPDX-License-Identifier: BSD-2-Clause
#include "model/strings.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct kept {
	UT_hash_handle hh;
	char text[];
};

struct strings {
	struct kept *all;
	size_t limit;
	size_t bytes;
};

struct strings *strings_new(size_t limit)
{
	struct strings *strings = calloc(1, sizeof(*strings));

	if (strings)
		strings->limit = limit;
	return strings;
}

void strings_free(struct strings *strings)
{
	struct kept *kept, *next;

	if (!strings)
		return;
	HASH_ITER (hh, strings->all, kept, next) {
		HASH_DEL(strings->all, kept);
		free(kept);
	}
	free(strings);
}

const char *strings_keep(struct strings *strings, const char *text)
{
	size_t length = text ? strnlen(text, STRINGS_LENGTH_MAX) : 0;
	size_t size = sizeof(struct kept) + length + 1;
	struct kept *kept = NULL;

	if (length == 0)
		return NULL;
	HASH_FIND(hh, strings->all, text, length, kept);
	if (kept)
		return kept->text;
	if (size > strings->limit - strings->bytes)
		return NULL;
	kept = calloc(1, size);
	if (!kept)
		return NULL;
	memcpy(kept->text, text, length);
	HASH_ADD(hh, strings->all, text, length, kept);
	if (!kept->hh.tbl) {
		free(kept);
		return NULL;
	}
	strings->bytes += size;
	return kept->text;
}
