/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process as the daemon tells it, read event by event: its descriptors may be a million, and
 * jansson takes longer to build a tree of 19,000 than all the rest of `show` does.
 */
#ifndef FDWATCH_LISTING_H
#define FDWATCH_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"
#include "text.h"

/*
 * Adds a row for each descriptor to the table, and to `rest` the same text with an empty list in
 * their place, to be parsed as any other answer. false where it is no JSON or not such an object.
 */
bool listing_read(const char *json, size_t length, struct table *table, struct text *rest);

#endif
