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
#include "python.h"

/* daemon/model/unwind.h's; ingest holds the two together. */
enum { CFA_UNKNOWN, CFA_END, CFA_SP, CFA_BP, CFA_BP_AT };
enum { BP_SAME, BP_CFA, BP_AT };

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 15);
	__type(key, struct fdw_rule_key);
	__type(value, struct fdw_rule);
} rules SEC(".maps") __weak;

/* A word of the stack, on which the way from here on depends. */
static __always_inline bool unwind_word(struct unwinding *u, __u64 *word, __u64 address)
{
	if (!capture_word(u->c, word, address))
		return 0;
	memo_depend(address, *word);
	return 1;
}

/* From a frame to its caller; false where the rule or the memory doesn't lead there. */
static __always_inline bool unwind_step(struct unwinding *u, struct fdw_rule *rule)
{
	__u64 cfa = u->sp, bp = u->bp, bp_at = u->bp_at;

	if (rule->cfa != CFA_SP || rule->bp == BP_AT)
		memo_depend(u->bp_at, u->bp);
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
	if (u->pc - u->loop < u->loop_size)
		return 1;
	rule = bpf_map_lookup_elem(&rules, &key);
	if (!rule || rule->cfa == CFA_UNKNOWN) {
		u->missing = u->cut = 1;
		return 1;
	}
	if (rule->cfa == CFA_END)
		return 1;
	if (unwind_step(u, rule))
		return 0;
	u->cut = 1;
	return 1;
}

static __always_inline bool unwind_frame_renew(struct unwinding *u)
{
	return u->c != NULL;
}
TURN(unwind_frame, unwinding, native)

#if defined(__TARGET_ARCH_x86)
static __always_inline void unwind_registers(struct capture *c)
{
	struct pt_regs *regs = current_registers();
	__u64 *to = c->slice.registers;

	to[0] = REGISTER(regs, ip);
	to[1] = REGISTER(regs, sp);
	to[2] = REGISTER(regs, bp);
	to[3] = REGISTER(regs, bx);
	to[4] = REGISTER(regs, r12);
	to[5] = REGISTER(regs, r13);
	to[6] = REGISTER(regs, r14);
	to[7] = REGISTER(regs, r15);
}
#else
/* Elsewhere a frame is found by other rules: only the place of the call is known. */
static __always_inline void unwind_registers(struct capture *c)
{
	struct pt_regs *regs = current_registers();
	__u64 *to = c->slice.registers;

	to[0] = REGISTER(regs, pc);
	to[1] = REGISTER(regs, sp);
	to[2] = REGISTER(regs, regs[29]);
	for (int i = 3; i < FDW_REGISTERS; i++)
		to[i] = 0;
}
#endif

/* Has the registers, and the stack's lower end in the window. */
static __always_inline void unwind_begin(struct capture *c)
{
	unwind_registers(c);
	capture_window(c, c->slice.registers[1], c->slice.registers[2]);
}

/*
 * Walks the stack frame by frame, to CPython's loop where `python` is set; 1 where a rule is
 * missing. A global function, for the verifier to walk it once.
 */
__weak __attribute__((noinline)) int unwind_frames(__u32 space, __u32 python)
{
	struct capture *c = capture_get();
	struct unwinding u = {.c = c, .space = space};
	struct fdw_python *layout;

	if (!c)
		return 0;
	layout = python ? bpf_map_lookup_elem(&pythons, &space) : NULL;
	if (layout) {
		u.loop = layout->loop;
		u.loop_size = layout->loop_size;
	}
	c->memo.count = 0;
	u.pc = c->slice.registers[0];
	u.sp = c->slice.registers[1];
	u.bp = c->slice.registers[2];
	u.bp_at = c->window_at + WINDOW; /* where capture_window() has put it */
	TURNS(FDW_NATIVE_MAX + 1, unwind_frame, &u, native);
	c->slice.seen.native_count = u.count;
	c->slice.seen.site = u.sum;
	if (u.cut)
		c->slice.seen.flags |= FDW_SITE_NATIVE_CUT;
	c->slice.missing = u.pc;
	return u.missing;
}

/*
 * The native stack of the current thread: its part
 * of the site's number, and how it ends. A stack like an earlier one is not walked again:
 * c->remembered is set, and the frames are not filled in. True where a rule is missing.
 */
static __always_inline bool unwind(struct capture *c, __u32 space, __u32 python)
{
	c->memo_key = (struct memo_key){
		.pc = c->slice.registers[0],
		.sp = c->slice.registers[1],
		.space = space,
		.python = python,
	};
	c->slice.seen.native_count = 0;
	c->remembered = memo_find(c);
	if (c->remembered)
		return 0;
	if (unwind_frames(space, python))
		return 1;
	memo_keep(c);
	return 0;
}

#endif
