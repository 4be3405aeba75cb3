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
	__u32 space;
	__u32 count;
	__u32 python; /* end at the interpreter's loop */
	__u32 missing;
	__u32 cut;
};

static __always_inline bool stack_word(__u64 *word, __u64 address)
{
	return !bpf_probe_read_user(word, sizeof(*word), (void *)address);
}

/* From a frame to its caller; false where the rule or the memory doesn't lead there. */
static __always_inline bool unwind_step(struct unwinding *u, struct fdw_rule *rule)
{
	__u64 words[2]; /* most frames have the frame pointer right below the return address */
	__u64 cfa = u->sp;
	__u64 bp = u->bp;

	if (rule->cfa != CFA_SP)
		cfa = u->bp;
	cfa += rule->cfa_offset;
	if (rule->cfa == CFA_BP_AT && !stack_word(&cfa, cfa))
		return 0;
	if (cfa <= u->sp) /* a caller's frame lies further up: so no walk runs in a circle */
		return 0;
	if (bpf_probe_read_user(words, sizeof(words), (void *)(cfa - sizeof(words))))
		return 0;
	if (rule->bp == BP_CFA && rule->bp_offset == -16)
		bp = words[0];
	else if (rule->bp == BP_CFA && !stack_word(&bp, cfa + rule->bp_offset))
		return 0;
	else if (rule->bp == BP_AT && !stack_word(&bp, u->bp + rule->bp_offset))
		return 0;
	u->pc = words[1];
	u->sp = cfa;
	u->bp = bp;
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

/* Walks the native stack of the current thread; true where it lacks a rule. */
static __always_inline bool unwind(struct capture *c, __u32 space, bool python)
{
	struct fdw_site *site = &c->slice.seen;
	struct unwinding u = {.c = c, .space = space, .python = python, .sum = site->site};

	unwind_begin(c);
	u.pc = c->slice.registers[0];
	u.sp = c->slice.registers[1];
	u.bp = c->slice.registers[2];
	bpf_loop(FDW_NATIVE_MAX + 1, unwind_frame, &u, 0);
	site->native_count = u.count;
	site->site = u.sum;
	if (u.cut)
		site->flags |= FDW_SITE_NATIVE_CUT;
	c->slice.missing = u.pc;
	return u.missing;
}

#endif
