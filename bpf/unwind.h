/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Native stacks, by rules that the daemon has learnt one address at a time: where the caller's
 * frame is, and where it has left the frame pointer. Memory and rules may say anything: all is
 * bounded.
 */
#ifndef FDWATCH_UNWIND_H
#define FDWATCH_UNWIND_H

#include "args.h"
#include "capture.h"
#include "memo.h"

/* daemon/model/unwind.h's; ingest holds the two together. */
enum { CFA_UNKNOWN, CFA_END, CFA_SP, CFA_BP, CFA_BP_AT };
enum { BP_SAME, BP_CFA, BP_AT };

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 15);
	__type(key, struct fdw_rule_key);
	__type(value, struct fdw_rule);
} rules SEC(".maps") __weak;

struct unwinding {
	struct capture *c;
	__u64 pc, sp, bp;
	__u64 sum;
	__u64 bp_at; /* where bp was read */
	__u32 space;
	__u32 count;
	__u32 python; /* end at the interpreter's loop */
	__u32 missing;
	__u32 cut;
};

/* A word of the stack, on which the way from here on depends. */
static __always_inline bool unwind_word(struct unwinding *u, __u64 *word, __u64 address)
{
	if (!capture_word(u->c, word, address))
		return 0;
	memo_depend(u->c, address, *word);
	return 1;
}

/* From a frame to its caller; false where the rule or the memory doesn't lead there. */
static __always_inline bool unwind_step(struct unwinding *u, struct fdw_rule *rule)
{
	__u64 cfa = u->sp, bp = u->bp, bp_at = u->bp_at;

	if (rule->cfa != CFA_SP || rule->bp == BP_AT)
		memo_depend(u->c, u->bp_at, u->bp);
	if (rule->cfa != CFA_SP)
		cfa = u->bp;
	cfa += rule->cfa_offset;
	if (rule->cfa == CFA_BP_AT && !unwind_word(u, &cfa, cfa))
		return 0;
	if (cfa <= u->sp) /* a caller's frame lies further up: so no walk runs in a circle */
		return 0;
	if (rule->bp != BP_SAME) {
		bp_at = (rule->bp == BP_CFA ? cfa : u->bp) + rule->bp_offset;
		if (!capture_word(u->c, &bp, bp_at))
			return 0;
	}
	if (!unwind_word(u, &u->pc, cfa - 8))
		return 0;
	u->sp = cfa;
	u->bp = bp;
	u->bp_at = bp_at;
	return 1;
}

static long unwind_frame(__u32 i, struct unwinding *u)
{
	struct fdw_rule_key key = {.pc = u->pc, .space = u->space};
	struct fdw_rule *rule;

	if (i >= FDW_NATIVE_MAX) {
		u->cut = 1;
		return 1;
	}
	if (!u->pc)
		return 1;
	u->c->slice.seen.native[i] = u->pc;
	u->sum = fdw_mix(u->sum, u->pc);
	u->count = i + 1;
	rule = bpf_map_lookup_elem(&rules, &key);
	if (!rule || rule->cfa == CFA_UNKNOWN) {
		u->missing = u->cut = 1;
		return 1;
	}
	if (rule->cfa == CFA_END || (u->python && rule->flags & FDW_RULE_PYTHON))
		return 1;
	if (unwind_step(u, rule))
		return 0;
	u->cut = 1;
	return 1;
}

#if defined(__TARGET_ARCH_x86)
static __always_inline void unwind_begin(struct capture *c)
{
	struct pt_regs *regs = current_registers();
	__u64 *to = c->slice.registers;

	to[0] = regs->ip;
	to[1] = regs->sp;
	to[2] = regs->bp;
	to[3] = regs->bx;
	to[4] = regs->r12;
	to[5] = regs->r13;
	to[6] = regs->r14;
	to[7] = regs->r15;
}
#else
/* Elsewhere a frame is found by other rules: only the place of the call is known. */
static __always_inline void unwind_begin(struct capture *c)
{
	struct pt_regs *regs = current_registers();
	__u64 *to = c->slice.registers;

	to[0] = regs->pc;
	to[1] = regs->sp;
	to[2] = regs->regs[29];
	for (int i = 3; i < FDW_REGISTERS; i++)
		to[i] = 0;
}
#endif

/* Walks the stack frame by frame; true where a rule is missing. */
static __always_inline bool unwind_frames(struct capture *c, __u32 space, bool python)
{
	struct fdw_site *site = &c->slice.seen;
	struct unwinding u = {.c = c, .space = space, .python = python};

	memo_begin(c);
	u.pc = c->slice.registers[0];
	u.sp = c->slice.registers[1];
	u.bp = c->slice.registers[2];
	u.bp_at = c->window_at + WINDOW; /* where capture_window() has put it */
	bpf_loop(FDW_NATIVE_MAX + 1, unwind_frame, &u, 0);
	site->native_count = u.count;
	site->site = u.sum;
	site->flags = u.cut ? FDW_SITE_NATIVE_CUT : 0;
	c->slice.missing = u.pc;
	return u.missing;
}

/*
 * The native stack of the current thread: its part of the site's number, and how it ends. A stack
 * like an earlier one is not walked again: c->remembered is set, and the frames are not filled in.
 * True where a rule is missing.
 */
static __always_inline bool unwind(struct capture *c, __u32 space, bool python)
{
	struct memo_key key = {};
	struct memo *memo;

	unwind_begin(c);
	capture_window(c, c->slice.registers[1], c->slice.registers[2]);
	key.pc = c->slice.registers[0];
	key.sp = c->slice.registers[1];
	key.space = space;
	key.python = python;
	memo = memo_find(c, &key);
	c->remembered = memo != NULL;
	if (memo) {
		c->slice.seen.native_count = 0;
		c->slice.seen.site = memo->sum;
		c->slice.seen.flags = memo->flags;
		return 0;
	}
	if (unwind_frames(c, space, python))
		return 1;
	memo_keep(c, &key);
	return 0;
}

#endif
