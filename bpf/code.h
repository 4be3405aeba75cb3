/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Code objects: what turns a Python frame into file, function and line travels at its first sight,
 * for by the time the daemon looks the object may be gone.
 */
#ifndef FDWATCH_CODE_H
#define FDWATCH_CODE_H

#include "python.h"

/* Told to this daemon: forgotten ones are told again. */
struct code_key {
	__u64 code;
	__u32 track;
	__u32 era;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 14);
	__type(key, struct code_key);
	__type(value, __u8);
} codes SEC(".maps") __weak;

struct telling {
	struct fdw_code code;
	__u8 lines[FDW_LINES_MAX]; /* follows it when it is sent */
	__u8 head[64];             /* of a string object */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct telling);
} tellings SEC(".maps") __weak;

#define PYTHON_3_12 0x030c
#define WIDE_HEAD_OLD 24 /* what a string that is not ASCII has in front of its data, to 3.11 */
#define WIDE_HEAD 16

/* Bytes a character, 0 for what is no string; `ascii` is set too. 3.14 moved the bits. */
static __always_inline __u32 text_unit(__u32 state, __u32 *ascii)
{
	__u32 shift = 2;

	if (!(state >> 5 & 1) || !(state >> 2 & 7))
		shift = 16;
	if (shift == 16 && !(state >> 19 & 1))
		shift = 8; /* a build without the global lock */
	*ascii = state >> (shift + 4) & 1;
	switch (state >> shift & 7) {
	case 1:
		return 1;
	case 2:
		return 2;
	case 4:
		return 4;
	default:
		return 0;
	}
}

/* A string object's data; of one that is too long the end where `tail`, else the beginning. */
static __always_inline void text_read(struct telling *t, struct fdw_text *text,
				      struct fdw_python *layout, __u64 string, bool tail)
{
	__u64 data = string + layout->string_data;
	__u64 size;
	__u32 ascii, unit;

	text->size = text->unit = text->cut = 0;
	__builtin_memset(text->data, 0, sizeof(text->data));
	if (bpf_probe_read_user(t->head, sizeof(t->head), (void *)string))
		return;
	unit = text_unit(*(__u32 *)(t->head + (layout->string_state & 0x3c)), &ascii);
	if (!unit)
		return;
	if (!ascii)
		data += layout->version < PYTHON_3_12 ? WIDE_HEAD_OLD : WIDE_HEAD;
	size = *(__u64 *)(t->head + (layout->string_length & 0x38));
	if (size > 1 << 20)
		return;
	size *= unit;
	if (size > FDW_TEXT_MAX) {
		if (tail)
			data += size - FDW_TEXT_MAX;
		size = FDW_TEXT_MAX;
		text->cut = 1;
	}
	if (bpf_probe_read_user(text->data, size, (void *)data))
		return;
	text->unit = unit;
	text->size = size;
}

/* The line table, a bytes object. Returns how many bytes of it travel. */
static __always_inline __u64 lines_read(struct telling *t, struct fdw_python *layout, __u64 bytes)
{
	__u64 size = 0;

	t->code.line_whole = 0;
	if (!python_word(&size, bytes + layout->bytes_size) || size > 1 << 24)
		return 0;
	t->code.line_whole = size;
	if (size > FDW_LINES_MAX)
		size = FDW_LINES_MAX;
	return bpf_probe_read_user(t->lines, size, (void *)(bytes + layout->bytes_data)) ? 0 : size;
}

/* Tells the code object of the n-th frame, unless that was done; 0 where it could not be told. */
__weak __attribute__((noinline)) int code_tell(__u32 n)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	struct capture *c = capture_get();
	struct fdw_python *layout;
	struct code_key key = {};
	struct telling *t;
	__u64 code, size;
	__u32 zero = 0;
	__u8 told = 1;

	t = bpf_map_lookup_elem(&tellings, &zero);
	if (!p || !c || !t || n >= FDW_PYTHON_MAX)
		return 0;
	key.code = c->slice.seen.python[n].code;
	key.track = p->track;
	key.era = track_era();
	if (bpf_map_lookup_elem(&codes, &key))
		return 1;
	layout = bpf_map_lookup_elem(&pythons, &p->space);
	if (!layout)
		return 0;
	code = c->code_at[n];
	if (python_code_number(c, layout, code) != key.code)
		return 0; /* gone in the meantime */
	t->code.type = FDW_TRACE_CODE;
	t->code.pid = READ(task, tgid);
	t->code.code = key.code;
	t->code.start_time_ns = READ(task, group_leader, start_boottime);
	t->code.space = p->space;
	code = layout->code_first_line & ~7; /* from where c->code was read */
	t->code.first_line = CODE_INT(c, layout->code_first_line - code);
	text_read(t, &t->code.file, layout, CODE_WORD(c, layout->code_filename - code), 1);
	text_read(t, &t->code.name, layout, CODE_WORD(c, layout->code_name - code), 0);
	size = lines_read(t, layout, CODE_WORD(c, layout->code_line_table - code));
	t->code.line_size = size;
	if (size > FDW_LINES_MAX || !track_send(t, sizeof(t->code) + size))
		return 0;
	bpf_map_update_elem(&codes, &key, &told, BPF_ANY);
	return 1;
}

#endif
