// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/python_line.h"

#define NO_LINE (-128)  /* of 3.10's line steps */
#define CODE_UNIT 2     /* bytes */
#define ENTRY_MARK 0x80 /* of the first byte of an entry from 3.11 on */
#define VARINT_BYTES 6  /* that make 32 bits, 6 in each */
enum { CODE_LINES_0 = 10, CODE_LINES_2 = 12, CODE_NO_COLUMNS, CODE_LONG, CODE_NONE };

static uint32_t positive(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

/* Pairs: so many bytes of code on, so many lines on. The last line reaches to the end. */
static uint32_t from_lnotab(int32_t first_line, const uint8_t *table, size_t size, uint32_t offset)
{
	int64_t line = first_line;
	uint64_t at = 0;

	for (size_t i = 0; i + 1 < size; i += 2) {
		at += table[i];
		if (at > offset)
			break;
		line += (int8_t)table[i + 1];
	}
	return positive(line);
}

/* Pairs: bytes of code that a line has, and the step to it from the one before. */
static uint32_t from_linetable(int32_t first_line, const uint8_t *table, size_t size,
			       uint32_t offset)
{
	int64_t line = first_line;
	uint64_t at = 0;

	for (size_t i = 0; i + 1 < size; i += 2) {
		int8_t step = (int8_t)table[i + 1];

		at += table[i];
		if (step != NO_LINE)
			line += step;
		if (at > offset)
			return step == NO_LINE ? 0 : positive(line);
	}
	return 0;
}

/* The sign is the lowest bit. */
static int64_t read_step(const uint8_t *at, const uint8_t *end)
{
	uint64_t value = 0;

	for (int i = 0; i < VARINT_BYTES && at < end; i++, at++) {
		value |= (uint64_t)(*at & 0x3f) << (6 * i);
		if (!(*at & 0x40))
			break;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static uint32_t from_locations(int32_t first_line, const uint8_t *table, size_t size,
			       uint32_t offset)
{
	const uint8_t *p = table, *end = table + size;
	int64_t line = first_line;
	uint64_t at = 0;

	while (p < end && *p & ENTRY_MARK) {
		int code = *p >> 3 & 15;

		at += (uint64_t)((*p & 7) + 1) * CODE_UNIT;
		if (code == CODE_NO_COLUMNS || code == CODE_LONG)
			line += read_step(p + 1, end);
		else if (code >= CODE_LINES_0 && code <= CODE_LINES_2)
			line += code - CODE_LINES_0;
		if (at > offset)
			return code == CODE_NONE ? 0 : positive(line);
		do
			p++;
		while (p < end && !(*p & ENTRY_MARK));
	}
	return 0;
}

uint32_t python_line(enum python_lines kind, int32_t first_line, const void *table, size_t size,
		     uint32_t offset)
{
	switch (kind) {
	case PYTHON_LNOTAB:
		return from_lnotab(first_line, table, size, offset);
	case PYTHON_LINETABLE:
		return from_linetable(first_line, table, size, offset);
	case PYTHON_LOCATIONS:
		return from_locations(first_line, table, size, offset);
	}
	return 0;
}
