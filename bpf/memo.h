/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stacks walked before. Where a walk goes depends on the registers and on a few words of the stack:
 * return addresses, and frame pointers where a frame is found by one. A stack with the same words
 * in the same places is the same. Stacks that part further up are told apart by the word they part
 * at.
 */
#ifndef FDWATCH_MEMO_H
#define FDWATCH_MEMO_H

#include "capture.h"

#define MEMO_PARTINGS 4

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct memo_key);
	__type(value, struct memo);
} memos SEC(".maps") __weak;

/* What is behind the window makes a walk one that is not kept. */
__weak __attribute__((noinline)) int memo_depend(__u64 address, __u64 word)
{
	struct capture *c = capture_get();
	__u64 at;
	__u32 n;

	if (!c)
		return 0;
	at = capture_offset(c, address);
	n = c->memo.count;
	if (at > WINDOW || n >= MEMO_WORDS) {
		c->memo.count = MEMO_WORDS + 1;
		return 0;
	}
	c->memo.word[MASKED(n, MEMO_ROOM)] = word;
	c->memo.at[MASKED(n, MEMO_ROOM)] = at;
	c->memo.count = n + 1;
	return 0;
}

enum { MEMO_NONE, MEMO_SAME, MEMO_PARTS };

/* The first word that is not as the memo has it; its number of words where all are. */
static __always_inline __u32 memo_compare(struct capture *c, struct memo *memo)
{
	__u32 i;

	for (i = 0; i < MEMO_WORDS; i++) {
		__u64 at = memo->at[MASKED(i, MEMO_ROOM)] & (2 * WINDOW - 8);

		if (i >= memo->count ||
		    *(__u64 *)(c->stack + at) != memo->word[MASKED(i, MEMO_ROOM)])
			break;
	}
	return i;
}

/*
 * Looks a stack up: takes over what came of the same before, or notes in the key where it parts
 * from what was there. A global function, which the verifier walks once for all turns of the
 * caller's loop.
 */
__weak __attribute__((noinline)) int memo_try(void)
{
	struct capture *c = capture_get();
	struct memo_key own; /* 6.1 takes no other memory for a key */
	struct memo *memo;
	__u64 at;
	__u32 n;

	if (!c)
		return MEMO_NONE;
	own = c->memo_key;
	memo = bpf_map_lookup_elem(&memos, &own);
	if (!memo)
		return MEMO_NONE;
	n = memo_compare(c, memo);
	if (n >= memo->count) {
		c->slice.seen.site = memo->sum;
		c->slice.seen.flags |= memo->flags;
		return MEMO_SAME;
	}
	at = memo->at[MASKED(n, MEMO_ROOM)] & (2 * WINDOW - 8);
	c->memo_key.parting = fdw_mix(fdw_mix(own.parting, n + 1), *(__u64 *)(c->stack + at));
	return MEMO_PARTS;
}

/*
 * Whether such a stack was walked before. If not, the key is the one to keep it by; its pc is 0
 * where it is not to be kept.
 */
static __always_inline bool memo_find(struct capture *c)
{
	for (int i = 0; i < MEMO_PARTINGS && c->window_size == WINDOW; i++) {
		int found = memo_try();

		if (found != MEMO_PARTS)
			return found == MEMO_SAME;
	}
	c->memo_key.pc = 0;
	return 0;
}

static __always_inline void memo_keep(struct capture *c)
{
	struct memo_key key = c->memo_key;

	if (!c->memo_key.pc || c->memo.count > MEMO_WORDS)
		return;
	c->memo.sum = c->slice.seen.site;
	c->memo.flags = c->slice.seen.flags & FDW_SITE_NATIVE_CUT;
	bpf_map_update_elem(&memos, &key, &c->memo, BPF_ANY);
}

#endif
