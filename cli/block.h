/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a label and what it says, aligned: a table of two columns. */
#ifndef FDWATCH_BLOCK_H
#define FDWATCH_BLOCK_H

#include <jansson.h>

#include "format.h"
#include "table.h"

/* NULL without memory, which the others take well; to be printed and freed as a table. */
struct table *block_new(void);

void block_json(struct table *block, const char *label, const json_t *value);
void block_format(struct table *block, const char *label, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Words, one after the other on as few lines as hold them: an array's, or "key value" of an object.
 */
void block_words(struct table *block, const char *label, json_t *words);

/* A string as it is, a number in `text`; "-" for what is unknown. For use within a line. */
const char *block_value(const json_t *value, char text[static FORMAT_SIZE]);

#endif
