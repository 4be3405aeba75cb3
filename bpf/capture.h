/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where a stack is put together: one place for each CPU, since it is too large for the BPF stack.
 */
#ifndef FDWATCH_CAPTURE_H
#define FDWATCH_CAPTURE_H

#include "track.h"

#define PAGE 4096
#define WINDOW 2048 /* bytes: reading 8 costs two thirds of what reading these costs */
#define MEMO_WORDS 40
#define MEMO_ROOM 64 /* a power of two: indexes are masked, for older verifiers lose bounds */

struct memo_key {
	__u64 pc, sp;
	__u64 parting; /* what tells it from others with the same; 0 at first */
	__u32 space;
	__u32 python;
};

/* What a walk of a native stack depended on: a stack that has these words leads the same way. */
struct memo {
	__u64 sum; /* of the frames */
	__u32 flags;
	__u32 count;
	__u64 word[MEMO_ROOM];
	__u16 at[MEMO_ROOM]; /* offsets in the window */
};

/* A walk of CPython's frames, and one of native frames, under way. */
struct python_walking {
	struct capture *c;
	struct fdw_python *layout;
	__u64 frame;
	__u64 sum;
	__u32 count;
	__u32 cut;
	__u32 space;
};

struct unwinding {
	struct capture *c;
	__u64 pc, sp, bp;
	__u64 sum;
	__u64 bp_at;           /* where bp was read */
	__u64 loop, loop_size; /* the interpreter's, where a walk ends */
	__u32 space;
	__u32 count;
	__u32 missing;
	__u32 cut;
};

struct capture {
	struct fdw_slice slice;
	__u8 stack[FDW_SLICE_MAX +
		   PAGE];          /* follows the slice when that is sent; the window before */
	__u8 frames[WINDOW + 256]; /* Python frames around the one under reading */
	__u8 code[128];
	__u64 code_at[FDW_PYTHON_MAX]; /* address of each frame's code object */
	__u64 window_at;
	__u64 window_size;
	__u64 frames_at;
	__u64 frames_size;
	struct python_walking python; /* between two turns */
	struct unwinding native;
	struct memo_key memo_key;
	struct memo memo;
	__u32 remembered;
	__u32 taken;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct capture);
} captures SEC(".maps") __weak;

static __always_inline struct capture *capture_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&captures, &zero);
}

/*
 * The same for one thread alone: from 5.11 on (ca06f55b9002) a program on a kernel function may be
 * preempted, and another thread come here on the same CPU. NULL where it is taken.
 */
static __always_inline struct capture *capture_take(void)
{
	struct capture *c = capture_get();

	if (c && SWAPPED(&c->taken, 0, 1))
		return c;
	tally(FDW_TALLY_SLICES, 1);
	return NULL;
}

static __always_inline void capture_leave(struct capture *c)
{
	c->taken = 0;
}

/* Reads the stack's lower end, and puts bp behind it, as if it stood there. */
static __always_inline void capture_window(struct capture *c, __u64 sp, __u64 bp)
{
	__u64 size = PAGE - (sp & (PAGE - 1));

	c->window_at = sp;
	c->window_size = WINDOW;
	*(__u64 *)(c->stack + WINDOW) = bp;
	if (!bpf_probe_read_user(c->stack, WINDOW, (void *)sp))
		return;
	c->window_size = 0; /* it may end with the page */
	if (size < WINDOW && !bpf_probe_read_user(c->stack, size, (void *)sp))
		c->window_size = size & ~7;
}

/* A word's offset in the window, bp's place included; -1 where it is not in it. */
static __always_inline __u64 capture_offset(struct capture *c, __u64 address)
{
	__u64 at = address - c->window_at;

	return !(at & 7) && (at < c->window_size || at == WINDOW) ? at : ~0ULL;
}

/* A word of the process's memory. */
static __always_inline bool capture_word(struct capture *c, __u64 *word, __u64 address)
{
	__u64 at = address - c->window_at;

	if (at < c->window_size && !(at & 7)) {
		*word = *(__u64 *)(c->stack + (at & (WINDOW - 8)));
		return 1;
	}
	return !bpf_probe_read_user(word, sizeof(*word), (void *)address);
}

#endif
