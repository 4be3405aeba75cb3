/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that someone else chose, made fit for a terminal. */
#ifndef FDWATCH_SAFE_H
#define FDWATCH_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The longest that a byte becomes: \\xNN. */
#define SAFE_EXPANSION 4

/*
 * Writes a copy of `bytes` to `out`, which has room for SAFE_EXPANSION * length bytes, in which
 * everything that could move the cursor, hide or reorder text is written out: \n, \x1b, \u202e.
 * What the locale cannot print is written out too. Returns the bytes written; there is no NUL.
 */
size_t safe_write(char *out, const char *bytes, size_t length);

/* Columns that safe text takes. */
size_t safe_width(const char *text, size_t length);

/* Bytes of safe text that fit into `width` columns. */
size_t safe_fit(const char *text, size_t length, size_t width);

/* Whether the locale says what is beyond ASCII. */
bool safe_is_utf8(void);

/*
 * Prints safe text that is wider than `width`, cut to it; that something is missing is marked where
 * there is room. Returns the columns printed.
 */
size_t safe_print_cut(FILE *out, const char *text, size_t length, size_t width);

/* One line on standard error, "fdwatch: …", made safe as a whole. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
