/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON written by yajl straight into a growing buffer. A tree of values first would cost a process
 * with 19,000 descriptors 38 MB and a tenth of a second; this takes the 4 MB of the text itself.
 * The caller closes what it opens.
 */
#ifndef FDWATCH_SERVE_WRITER_H
#define FDWATCH_SERVE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yajl_gen_t;

/* All zero is an empty one. It stays where it is while there is something in it. */
struct writer {
	struct yajl_gen_t *generator; /* NULL until something is written */
	char *data;
	size_t length;
	size_t capacity;
	size_t limit;  /* of length; 0: none */
	bool failed;   /* what stands in data is of no use: memory ran out, or */
	bool too_long; /* the limit was reached */
};

void writer_free(struct writer *writer);

/* In all of these `key` is a plain literal, NULL for an element of an array or the outermost. */
void write_open(struct writer *writer, const char *key, char bracket);
void write_close(struct writer *writer, char bracket);
void write_null(struct writer *writer, const char *key);
void write_bool(struct writer *writer, const char *key, bool value);
void write_unsigned(struct writer *writer, const char *key, uint64_t value);
void write_signed(struct writer *writer, const char *key, int64_t value);

/* Digits as JSON has them, not looked at. */
void write_number(struct writer *writer, const char *key, const char *digits);

/* What is no number becomes null. */
void write_double(struct writer *writer, const char *key, double value);

/*
 * Any bytes: what is no UTF-8, or not to be shown (text_shown()), becomes the text \xNN, byte by
 * byte. NULL becomes null.
 */
void write_string(struct writer *writer, const char *key, const char *value);

/* Bytes that write_string() makes of it, quotes included, or a few too many. */
size_t write_string_size(const char *value);

/* As write_string(), but null where the string is "" or NULL: unknown. */
void write_known(struct writer *writer, const char *key, const char *value);

/* Ends a line, behind which another object may begin. */
void write_line_end(struct writer *writer);

#endif
