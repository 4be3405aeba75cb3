/* SPDX-License-Identifier: BSD-2-Clause */
/* A notice as pairs of a name and a text: the journal's fields and the hook's environment. */
#ifndef FDWATCH_NOTIFY_FIELDS_H
#define FDWATCH_NOTIFY_FIELDS_H

#include "model/notice.h"

#define FIELDS_MAX 32
#define FIELDS_VALUE_SIZE 1024 /* of the longest value, with its NUL */

/*
 * Calls `take` for each pair, FDWATCH_EVENT_ID first; what is unknown is left out. Every value is
 * UTF-8 on one line (text_spell()): journalctl prints fields in its catalogue's texts as they are.
 * Stops with the first result that is not 0, and returns it.
 */
int fields_each(const struct notice *notice,
		int (*take)(const char *name, const char *value, void *data), void *data);

#endif
