// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/go_table.h"

#include <string.h>

#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u
#define WORD 8            /* bytes of a pointer */
#define STEPS_MAX 1000000 /* of a function's table of values */

/* Offsets in the head, in words behind its first 8 bytes. */
enum { FUNCTIONS, FILES, TEXT, NAMES, UNITS, FILE_NAMES, VALUES, TABLE, HEAD_WORDS };

/* Offsets in a function's record, in bytes. */
enum { ENTRY = 0, NAME = 4, VALUES_FILE = 20, VALUES_LINE = 24, UNIT = 32 };

struct table {
	const uint8_t *bytes;
	size_t size;
	uint64_t head[HEAD_WORDS];
	uint8_t quantum; /* bytes that code addresses are multiples of */
};

static bool read_u32(const struct table *t, uint64_t at, uint32_t *value)
{
	if (t->size < sizeof(*value) || at > t->size - sizeof(*value))
		return false;
	memcpy(value, t->bytes + at, sizeof(*value));
	return true;
}

/* A place behind one of the head's offsets; those are checked to lie in the table. */
static bool read_at(const struct table *t, int part, uint64_t at, uint32_t *value)
{
	return at <= t->size && read_u32(t, t->head[part] + at, value);
}

static const char *text_at(const struct table *t, int part, uint32_t at)
{
	uint64_t place = t->head[part] + at;

	if (place >= t->size || !memchr(t->bytes + place, '\0', t->size - place))
		return NULL;
	return (const char *)t->bytes + place;
}

static bool open_table(struct table *t, const void *bytes, size_t size)
{
	uint32_t magic;

	*t = (struct table){.bytes = bytes, .size = size};
	if (size < 8 + sizeof(t->head) || !read_u32(t, 0, &magic) ||
	    (magic != MAGIC_1_18 && magic != MAGIC_1_20) || t->bytes[7] != WORD)
		return false;
	t->quantum = t->bytes[6];
	memcpy(t->head, t->bytes + 8, sizeof(t->head));
	for (int part = NAMES; part <= TABLE; part++)
		if (t->head[part] > size)
			return false;
	return t->head[FUNCTIONS] <= size / 8;
}

/* The number of the function that begins at or before an offset of the text. */
static bool find_function(const struct table *t, uint64_t offset, uint64_t *number)
{
	uint64_t low = 0, high = t->head[FUNCTIONS];
	uint32_t begins, ends;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_at(t, TABLE, middle * 8, &begins))
			return false;
		if (begins <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || !read_at(t, TABLE, low * 8, &ends) || offset >= ends)
		return false;
	*number = low - 1;
	return true;
}

static bool read_varint(const struct table *t, uint64_t *at, uint32_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 35; shift += 7) {
		uint8_t byte;

		if (*at >= t->size)
			return false;
		byte = t->bytes[(*at)++];
		*value |= (uint32_t)(byte & 0x7f) << (shift < 32 ? shift : 31);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Pairs: how the value changes, and for how much code it holds then. -1: none. */
static int64_t value_at(const struct table *t, uint32_t values, uint64_t offset)
{
	uint64_t at = t->head[VALUES] + values, code = 0;
	int64_t value = -1;

	for (int i = 0; values && i < STEPS_MAX; i++) {
		uint32_t step, length;

		if (!read_varint(t, &at, &step) || (!step && i) || !read_varint(t, &at, &length))
			return -1;
		value += step & 1 ? -(int64_t)(step >> 1) - 1 : (int64_t)(step >> 1);
		code += (uint64_t)length * t->quantum;
		if (offset < code)
			return value;
	}
	return -1;
}

static void find_line(const struct table *t, uint64_t record, uint64_t offset,
		      struct go_place *place)
{
	uint32_t lines, files, unit, name;
	int64_t line, file;

	if (!read_at(t, TABLE, record + VALUES_LINE, &lines) ||
	    !read_at(t, TABLE, record + VALUES_FILE, &files) ||
	    !read_at(t, TABLE, record + UNIT, &unit))
		return;
	line = value_at(t, lines, offset);
	file = value_at(t, files, offset);
	if (line > 0 && line <= INT32_MAX)
		place->line = (uint32_t)line;
	if (file >= 0 && read_at(t, UNITS, ((uint64_t)unit + (uint64_t)file) * 4, &name))
		place->file = text_at(t, FILE_NAMES, name);
}

bool go_table_find(const void *bytes, size_t size, uint64_t text, uint64_t address,
		   struct go_place *place)
{
	uint32_t record, begins, name;
	struct table t;
	uint64_t number;

	*place = (struct go_place){};
	if (!open_table(&t, bytes, size))
		return false;
	address -= t.head[TEXT] ? t.head[TEXT] : text;
	if (!find_function(&t, address, &number) || !read_at(&t, TABLE, number * 8 + 4, &record) ||
	    !read_at(&t, TABLE, record + ENTRY, &begins) || begins > address ||
	    !read_at(&t, TABLE, record + NAME, &name))
		return false;
	place->function = text_at(&t, NAMES, name);
	find_line(&t, record, address - begins, place);
	return place->function != NULL;
}
