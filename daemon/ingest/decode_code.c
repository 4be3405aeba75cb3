// SPDX-License-Identifier: BSD-2-Clause
/* Code objects: string objects as CPython holds them become UTF-8. */
#include <errno.h>
#include <string.h>

#include "ingest/decode_trace.h"

#define REPLACEMENT 0xfffd
#define ESCAPED_FIRST 0xdc80 /* PEP 383: a byte of a path that is no UTF-8 */
#define ESCAPED_LAST 0xdcff

/* Appends a character; returns the end. There is room for 4 bytes. */
static char *put_character(char *to, uint32_t c)
{
	if (c >= ESCAPED_FIRST && c <= ESCAPED_LAST) {
		*to++ = (char)(c & 0xff);
		return to;
	}
	if (!c || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = REPLACEMENT;
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

static uint32_t character(const unsigned char *data, uint32_t unit)
{
	uint16_t two;
	uint32_t four;

	if (unit == 1)
		return *data;
	if (unit == 2) {
		memcpy(&two, data, sizeof(two));
		return two;
	}
	memcpy(&four, data, sizeof(four));
	return four;
}

/* Three dots stand for what was cut. -EINVAL for sizes that can't be. */
static int convert_text(const struct fdw_text *text, bool tail, char to[static TRACE_TEXT_MAX])
{
	const char *end = to + TRACE_TEXT_MAX - 4; /* the dots and the NUL behind it */

	if (text->size > FDW_TEXT_MAX ||
	    (text->size && text->unit != 1 && text->unit != 2 && text->unit != 4))
		return -EINVAL;
	if (text->cut && tail)
		to = stpcpy(to, "...");
	for (uint32_t i = 0; i + text->unit <= text->size && text->unit; i += text->unit) {
		char *next;

		if (to + 4 > end)
			break;
		next = put_character(to, character(text->data + i, text->unit));
		to = next;
	}
	if (text->cut && !tail)
		to = stpcpy(to, "...");
	*to = '\0';
	return 0;
}

int decode_code(const void *bytes, size_t size, struct trace_texts *texts,
		struct code_sighting *code)
{
	struct fdw_code record;

	if (size < sizeof(record))
		return -EINVAL;
	memcpy(&record, bytes, sizeof(record));
	if (record.line_size > FDW_LINES_MAX || record.line_size != size - sizeof(record) ||
	    convert_text(&record.file, true, texts->file) ||
	    convert_text(&record.name, false, texts->name))
		return -EINVAL;
	*code = (struct code_sighting){
		.code = record.code,
		.start_time = record.start_time_ns / 1000,
		.pid = (int32_t)record.pid,
		.space = record.space,
		.first_line = record.first_line,
		.line_size = record.line_size,
		.cut = record.line_size < record.line_whole,
		.file = texts->file,
		.name = texts->name,
		.lines = (const unsigned char *)bytes + sizeof(record),
	};
	return 0;
}
