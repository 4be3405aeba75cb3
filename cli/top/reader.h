/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's table of all processes, read piece by piece as it comes. */
#ifndef FDWATCH_TOP_READER_H
#define FDWATCH_TOP_READER_H

#include "top/rows.h"

struct reader;

/* Rows go to `rows`, which outlives the reader. NULL without memory. */
struct reader *reader_new(struct rows *rows);

/* 0, -EBADMSG where it is no such table, or -ENOMEM. */
int reader_feed(struct reader *reader, const char *bytes, size_t length);

/* The same, at the end of the text; the rows are then sorted. Frees the reader. */
int reader_end(struct reader *reader);

#endif
