/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings kept once each, up to a bound; all of them go together. */
#ifndef FDWATCH_MODEL_STRINGS_H
#define FDWATCH_MODEL_STRINGS_H

#include <stddef.h>

#define STRINGS_LENGTH_MAX 1024 /* of one, in bytes: longer ones are cut */

struct strings;

/* `limit`: bytes of memory they may take. NULL without memory. */
struct strings *strings_new(size_t limit);
void strings_free(struct strings *strings);

/*
 * The one copy of `text`, as long as the set lives. NULL for NULL and "", and where there is no
 * memory or the limit is reached: unknown.
 */
const char *strings_keep(struct strings *strings, const char *text);

#endif
