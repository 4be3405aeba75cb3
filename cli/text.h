/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that grow, to put a line together. Memory that runs out is remembered in `failed`. */
#ifndef FDWATCH_TEXT_H
#define FDWATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct text {
	char *bytes; /* not NUL-terminated; NULL while empty */
	size_t length;
	size_t capacity;
	bool failed;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_put(struct text *text, const char *string);

static inline void text_free(struct text *text)
{
	free(text->bytes);
}

#endif
