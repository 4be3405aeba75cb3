/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * CPython's frames, by the offsets that the daemon found for the process's version. The memory is
 * the process's own and may say anything: every read may fail, and every loop is bounded.
 */
#ifndef FDWATCH_PYTHON_H
#define FDWATCH_PYTHON_H

#include "capture.h"

/* daemon/model/python_layout.h's; ingest holds the two together. */
enum { LASTI_BYTES, LASTI_UNITS, INSTRUCTION_POINTER };

#define OWNER_SKIP 3
#define TSS_SLOTS 32
#define TSS_BLOCK 0x310 /* of struct pthread, from the thread pointer on (glibc 2.31 to 2.41) */
#define FRAMES_LOOKED_AT (FDW_PYTHON_MAX + 16) /* with those that belong to no Python code */
#define THREADS_LOOKED_AT 512
#define FRAME_READ 112
#define CODE_READ 120

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH); /* spaces come and go */
	__uint(max_entries, 2048);
	__type(key, __u32); /* the space */
	__type(value, struct fdw_python);
} pythons SEC(".maps") __weak;

static __always_inline bool python_word(__u64 *word, __u64 address)
{
	return !bpf_probe_read_user(word, sizeof(*word), (void *)address);
}

/*
 * Has the frame among c->frames, at the offset returned; -1 where it can't be read. From 3.11 on a
 * thread's frames lie one behind the other, so those of the callers are read with it.
 */
static __always_inline __u64 python_read(struct capture *c, struct fdw_python *layout, __u64 frame)
{
	__u64 at = frame - c->frames_at;
	__u64 page = frame & (PAGE - 1);
	/* Not below the frame's page: what is not there costs a fault, for each frame anew. */
	__u64 begin = page < WINDOW - FRAME_READ ? frame - page : frame + FRAME_READ - WINDOW;

	if (at <= c->frames_size - FRAME_READ && c->frames_size)
		return at;
	c->frames_at = begin;
	c->frames_size = WINDOW;
	if (layout->instruction == INSTRUCTION_POINTER &&
	    !bpf_probe_read_user(c->frames, WINDOW, (void *)begin))
		return frame - begin;
	c->frames_at = frame;
	c->frames_size = FRAME_READ;
	if (!bpf_probe_read_user(c->frames, FRAME_READ, (void *)frame))
		return 0;
	c->frames_size = 0;
	return ~0ULL;
}

static __always_inline __u64 thread_pointer(void)
{
#if defined(__TARGET_ARCH_x86)
	return READ(current_task(), thread.fsbase);
#else
	return 0;
#endif
}

struct python_search {
	__u64 thread;
	__u64 pointer;
	__u32 id, next;
	__u32 found;
};

static long python_search_one(__u32 i __attribute__((unused)), struct python_search *s)
{
	__u64 id = 0;

	if (!s->thread || !python_word(&id, s->thread + s->id))
		return 1;
	s->found = id == s->pointer;
	return s->found || !python_word(&s->thread, s->thread + s->next);
}

/* The current thread's state by the interpreter's list; 0: none. */
static __always_inline __u64 python_thread_listed(struct fdw_python *layout, __u64 pointer)
{
	struct python_search s = {
		.pointer = pointer, .id = layout->thread_id, .next = layout->thread_next};
	__u64 interpreter = 0;

	if (!python_word(&interpreter, layout->runtime + layout->runtime_interpreters) ||
	    !python_word(&s.thread, interpreter + layout->interpreter_threads))
		return 0;
	LOOP(THREADS_LOOKED_AT, python_search_one, &s);
	return s.found ? s.thread : 0;
}

/*
 * The current thread's state. The runtime's own notion of it is of no use: the interpreter has let
 * go of its lock around the call.
 */
static __always_inline __u64 python_thread(struct fdw_python *layout)
{
	__u64 pointer = thread_pointer();
	__u64 thread = 0;

	if (!pointer)
		return 0;
	if (layout->tss_key >= TSS_SLOTS)
		return python_thread_listed(layout, pointer);
	python_word(&thread, pointer + TSS_BLOCK + 16 * layout->tss_key + 8);
	return thread;
}

/* Where there is a structure between the two it is on the stack. */
static __always_inline __u64 python_frame_first(struct capture *c, struct fdw_python *layout)
{
	__u64 thread = python_thread(layout);
	__u64 frame = 0;

	if (!thread || !python_word(&frame, thread + layout->thread_frame))
		return 0;
	if (layout->cframe_frame != FDW_PYTHON_NONE &&
	    !capture_word(c, &frame, frame + layout->cframe_frame))
		return 0;
	return frame;
}

#define FRAME_WORD(c, frame, at) (*(__u64 *)((c)->frames + ((frame) & (WINDOW - 8)) + ((at)&0x78)))
#define FRAME_INT(c, frame, at) (*(__s32 *)((c)->frames + ((frame) & (WINDOW - 8)) + ((at)&0x7c)))
#define FRAME_BYTE(c, frame, at) ((c)->frames[((frame) & (WINDOW - 8)) + ((at)&0x7f)])
#define CODE_WORD(c, at) (*(__u64 *)((c)->code + ((at)&0x78)))
#define CODE_INT(c, at) (*(__s32 *)((c)->code + ((at)&0x7c)))

/*
 * A number for the code object: its address and what it points to, so that another one at the same
 * address is told from it. 0 where it can't be read.
 */
static __always_inline __u64 python_code_number(struct capture *c, struct fdw_python *layout,
						__u64 code)
{
	__u64 base = layout->code_first_line & ~7;
	__u64 sum;

	if (bpf_probe_read_user(c->code, CODE_READ, (void *)(code + base)))
		return 0;
	sum = fdw_mix(code, CODE_WORD(c, layout->code_filename - base));
	sum = fdw_mix(sum, CODE_WORD(c, layout->code_name - base));
	sum = fdw_mix(sum, CODE_WORD(c, layout->code_line_table - base));
	return fdw_mix(sum, CODE_INT(c, layout->code_first_line - base)) | 1;
}

static __always_inline __s32 python_instruction(struct capture *c, struct fdw_python *layout,
						__u64 frame, __u64 code)
{
	__s32 last = FRAME_INT(c, frame, layout->frame_instruction);

	if (layout->instruction == INSTRUCTION_POINTER)
		return FRAME_WORD(c, frame, layout->frame_instruction) - code -
		       layout->code_bytecode;
	return layout->instruction == LASTI_UNITS && last > 0 ? last * 2 : last;
}

/* Takes the frame at this offset as the next of the site's; false where its code can't be read. */
static __always_inline bool python_take(struct python_walking *w, __u64 frame)
{
	struct fdw_python *layout = w->layout;
	struct capture *c = w->c;
	__u32 n = w->count;
	__u64 code = FRAME_WORD(c, frame, layout->frame_code) & ~(__u64)layout->code_tag;
	__u64 number = python_code_number(c, layout, code);
	__s32 instruction = python_instruction(c, layout, frame, code);

	if (n >= FDW_PYTHON_MAX || !number)
		return 0;
	n = MASKED(n, FDW_PYTHON_MAX);
	c->code_at[n] = code;
	c->slice.seen.python[n].code = number;
	c->slice.seen.python[n].instruction = instruction;
	c->slice.seen.python[n].reserved = 0;
	w->sum = fdw_mix(fdw_mix(w->sum, number), (__u32)instruction);
	w->count = n + 1;
	return 1;
}

static long python_frame(__u32 i __attribute__((unused)), struct python_walking *w)
{
	struct fdw_python *layout = w->layout;
	struct capture *c = w->c;
	__u64 frame;

	if (!w->frame)
		return 1;
	w->cut = 1; /* unless it ends well */
	if (w->count >= FDW_PYTHON_MAX)
		return 1;
	frame = python_read(c, layout, w->frame);
	if (frame > WINDOW)
		return 1;
	w->frame = FRAME_WORD(c, frame, layout->frame_previous);
	if ((layout->frame_owner == FDW_PYTHON_NONE ||
	     FRAME_BYTE(c, frame, layout->frame_owner) < OWNER_SKIP) &&
	    !python_take(w, frame))
		return 1;
	w->cut = 0;
	return 0;
}

static __always_inline bool python_frame_renew(struct python_walking *w)
{
	__u32 space = w->space;

	w->layout = bpf_map_lookup_elem(&pythons, &space);
	return w->layout != NULL;
}
TURN(python_frame, python_walking, python)

/*
 * Walks the current thread's Python frames, if it has any, and leaves their part of the site's
 * number there. A global function, for the verifier to walk it once.
 */
__weak __attribute__((noinline)) int python_walk(__u32 space)
{
	struct fdw_python *layout = bpf_map_lookup_elem(&pythons, &space);
	struct capture *c = capture_get();
	struct python_walking w = {.c = c, .layout = layout, .space = space};

	if (!c || !layout)
		return 0;
	w.frame = python_frame_first(c, layout);
	c->frames_size = 0;
	TURNS(FRAMES_LOOKED_AT, python_frame, &w, python);
	c->slice.seen.python_count = w.count;
	c->slice.seen.site = w.sum;
	if (w.cut || w.frame)
		c->slice.seen.flags |= FDW_SITE_PYTHON_CUT;
	return 0;
}

#endif
