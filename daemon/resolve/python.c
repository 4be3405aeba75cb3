// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/python.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OLDEST 8
#define NEWEST 14
#define OFFSET_MAX 32768 /* bytes: no structure looked into is larger */
#define COOKIE "xdebugpy"

/* Of CPython's own headers, for 64 bits; the same from the first release of a version to the last.
 */
static const struct python_layout old_frames = {
	.lines = PYTHON_LNOTAB,
	.instruction = PYTHON_LASTI_BYTES,
	.runtime_interpreters = 32,
	.interpreter_threads = 8,
	.thread_next = 8,
	.thread_id = 176,
	.thread_frame = 24,
	.cframe_frame = PYTHON_NONE,
	.frame_previous = 24,
	.frame_code = 32,
	.frame_instruction = 104,
	.frame_owner = PYTHON_NONE,
	.code_filename = 104,
	.code_name = 112,
	.code_first_line = 40,
	.code_line_table = 120,
	.code_bytecode = PYTHON_NONE,
	.string_length = 16,
	.string_state = 32,
	.string_data = 48,
	.bytes_size = 16,
	.bytes_data = 32,
};

static const struct python_layout new_frames = {
	.lines = PYTHON_LOCATIONS,
	.instruction = PYTHON_POINTER,
	.runtime_interpreters = 40,
	.interpreter_threads = 72,
	.thread_next = 8,
	.thread_id = 136,
	.thread_frame = 56,
	.cframe_frame = 0,
	.frame_previous = 8,
	.frame_code = 0,
	.frame_instruction = 56,
	.frame_owner = 70,
	.code_filename = 112,
	.code_name = 128,
	.code_first_line = 68,
	.code_line_table = 136,
	.code_bytecode = 192,
	.string_length = 16,
	.string_state = 32,
	.string_data = 40,
	.bytes_size = 16,
	.bytes_data = 32,
};

/* Of the Py_tss_t in _PyRuntime that keeps the thread state: whether it is made, then its key. */
static const uint16_t tss_offsets[NEWEST + 1] = {
	[8] = 1392, [9] = 584, [10] = 584, [11] = 592, [12] = 1544, [13] = 2160, [14] = 2336,
};

uint16_t python_version_of_name(const char *name)
{
	const char *at = strstr(name, "python3.");
	unsigned int minor = 0;
	int digits = 0;

	if (!at || sscanf(at, "python3.%2u%n", &minor, &digits) != 1)
		return 0;
	return (uint16_t)(0x0300 | minor);
}

static void take_old(unsigned int minor, struct python_layout *layout)
{
	*layout = minor <= 10 ? old_frames : new_frames;
	if (minor == 10) {
		layout->lines = PYTHON_LINETABLE;
		layout->instruction = PYTHON_LASTI_UNITS;
		layout->frame_instruction = 96;
	} else if (minor == 11) {
		layout->interpreter_threads = 16;
		layout->thread_id = 152;
		layout->cframe_frame = 8;
		layout->frame_previous = 48;
		layout->frame_code = 32;
		layout->frame_owner = 69;
		layout->code_first_line = 72;
		layout->code_bytecode = 184;
		layout->string_data = 48;
	}
}

/* Places in _Py_DebugOffsets, in words behind its cookie. */
enum { PUBLISHED_VERSION, PUBLISHED_FREE_THREADED };

static const struct published {
	size_t field; /* of struct python_layout */
	uint8_t place13, place14;
} published[] = {
#define FIELD(name, a, b) \
	{ \
		offsetof(struct python_layout, name), a, b \
	}
	FIELD(runtime_interpreters, 4, 4), FIELD(interpreter_next, 7, 7),
	FIELD(interpreter_threads, 8, 8),  FIELD(thread_next, 20, 23),
	FIELD(thread_frame, 22, 25),       FIELD(thread_id, 23, 26),
	FIELD(frame_previous, 28, 31),     FIELD(frame_code, 29, 32),
	FIELD(frame_instruction, 30, 33),  FIELD(frame_owner, 32, 35),
	FIELD(code_filename, 34, 39),      FIELD(code_name, 36, 41),
	FIELD(code_line_table, 37, 42),    FIELD(code_first_line, 38, 43),
	FIELD(code_bytecode, 42, 47),      FIELD(bytes_size, 64, 74),
	FIELD(bytes_data, 65, 75),         FIELD(string_state, 67, 77),
	FIELD(string_length, 68, 78),      FIELD(string_data, 69, 79),
#undef FIELD
};

static uint64_t word_at(const uint8_t *head, size_t offset)
{
	uint64_t word;

	memcpy(&word, head + offset, sizeof(word));
	return word;
}

static int take_published(unsigned int minor, const uint8_t *head, struct python_layout *layout)
{
	const uint8_t *words = head + strlen(COOKIE);

	if (memcmp(head, COOKIE, strlen(COOKIE)) ||
	    word_at(words, 8 * PUBLISHED_VERSION) >> 16 != (0x0300 | minor))
		return -EBADMSG;
	if (word_at(words, 8 * PUBLISHED_FREE_THREADED))
		return -ENOTSUP; /* each thread has a bytecode of its own there */
	*layout = new_frames;
	layout->cframe_frame = PYTHON_NONE;
	layout->code_tag = minor >= 14 ? 3 : 0;
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		const struct published *p = &published[i];
		uint64_t offset = word_at(words, 8u * (minor == 13 ? p->place13 : p->place14));
		uint16_t value = (uint16_t)offset;

		if (offset > OFFSET_MAX)
			return -EBADMSG;
		memcpy((uint8_t *)layout + p->field, &value, sizeof(value));
	}
	return 0;
}

static void take_key(unsigned int minor, const uint8_t *head, struct python_layout *layout)
{
	uint64_t made = word_at(head, tss_offsets[minor]);

	layout->tss_key = (uint32_t)(made >> 32);
	layout->tss_known = (uint32_t)made == 1 && layout->tss_key < PYTHON_TSS_SLOTS;
	if (!layout->tss_known)
		layout->tss_key = 0;
}

int python_layout_make(uint16_t version, uint64_t runtime, const void *head, size_t size,
		       struct python_layout *layout)
{
	unsigned int minor = version & 0xff;
	int r = 0;

	memset(layout, 0, sizeof(*layout));
	if (version >> 8 != 3 || minor < OLDEST || minor > NEWEST)
		return -ENOTSUP;
	if (size < PYTHON_HEAD)
		return -EBADMSG;
	if (minor < 13)
		take_old(minor, layout);
	else
		r = take_published(minor, head, layout);
	if (r)
		return r;
	layout->runtime = runtime;
	layout->version = version;
	take_key(minor, head, layout);
	return 0;
}
