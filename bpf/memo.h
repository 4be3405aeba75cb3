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

struct memo_key {
	__u64 pc, sp;
	__u64 parting; /* what tells it from others with the same; 0 at first */
	__u32 space;
	__u32 python;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct memo_key);
	__type(value, struct memo);
} memos SEC(".maps") __weak;

static __always_inline void memo_begin(struct capture *c)
{
	c->memo.count = 0;
}

/* What is behind the window makes a walk one that is not kept. */
static __always_inline void memo_depend(struct capture *c, __u64 address, __u64 word)
{
	__u64 at = capture_offset(c, address);
	__u32 n = c->memo.count;

	if (at > WINDOW || n >= MEMO_WORDS) {
		c->memo.count = MEMO_WORDS + 1;
		return;
	}
	c->memo.word[n] = word;
	c->memo.at[n] = at;
	c->memo.count = n + 1;
}

/* The first word that is not as the memo has it; its number of words where all are. */
static __always_inline __u32 memo_parts(struct capture *c, struct memo *memo)
{
	__u32 i;

	for (i = 0; i < MEMO_WORDS; i++) {
		__u64 at = memo->at[i] & (2 * WINDOW - 8);

		if (i >= memo->count || *(__u64 *)(c->stack + at) != memo->word[i])
			break;
	}
	return i;
}

/* The memo of such a stack, or NULL with the key to keep it by; pc 0 where it is not to be kept. */
static __always_inline struct memo *memo_find(struct capture *c, struct memo_key *key)
{
	for (int i = 0; i < MEMO_PARTINGS && c->window_size == WINDOW; i++) {
		struct memo *memo = bpf_map_lookup_elem(&memos, key);
		__u64 at;
		__u32 n;

		if (!memo)
			return NULL;
		n = memo_parts(c, memo);
		if (n >= memo->count)
			return memo;
		if (n >= MEMO_WORDS)
			break;
		at = memo->at[n] & (2 * WINDOW - 8);
		key->parting = fdw_mix(fdw_mix(key->parting, n + 1), *(__u64 *)(c->stack + at));
	}
	key->pc = 0;
	return NULL;
}

static __always_inline void memo_keep(struct capture *c, struct memo_key *key)
{
	if (!key->pc || c->memo.count > MEMO_WORDS)
		return;
	c->memo.sum = c->slice.seen.site;
	c->memo.flags = c->slice.seen.flags;
	bpf_map_update_elem(&memos, key, &c->memo, BPF_ANY);
}

#endif
