/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks through JSON text without building it up in memory: a process's descriptors may be a
 * million, and a tree of 19,000 takes longer than all the rest of `show`.
 */
#ifndef FDWATCH_READER_H
#define FDWATCH_READER_H

#include <stdbool.h>
#include <stddef.h>

enum value_type {
	VALUE_NONE, /* absent, or the text is wrong */
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

/* A value as it stands in the text; of a string what is between the quotes. */
struct value {
	const char *start;
	size_t length;
	enum value_type type;
};

struct reader {
	const char *at;
	const char *end;
	bool first;  /* no comma yet in the array or object just entered */
	bool failed; /* the text is no JSON: every function says no from here on */
};

/* Steps into the array ('[') or object ('{') that comes next. */
bool reader_enter(struct reader *reader, char bracket);

/* Moves to the next element of an array, whose value is then to be read; false at its end. */
bool reader_element(struct reader *reader);

/* The same for a member of an object. */
bool reader_member(struct reader *reader, struct value *key);

/* Reads the next value, the whole of it. */
struct value reader_value(struct reader *reader);

/* Reads an object's members into values[i] for names[i]; absent ones are VALUE_NONE. */
bool reader_members(struct reader *reader, const char *const *names, size_t count,
		    struct value *values);

/* A reader of an array or object that was read as a value. */
struct reader reader_of(struct value value);

bool value_is(struct value value, const char *string);

/*
 * Resolves a string's escapes into `out`, which has room for value.length bytes; returns how many
 * were written. What is no text (half a surrogate pair) becomes U+FFFD.
 */
size_t value_text(struct value value, char *out);

#endif
