/* SPDX-License-Identifier: BSD-2-Clause */
/* How to come from a frame of a native stack to its caller, as learnt for one code address. */
#ifndef FDWATCH_MODEL_UNWIND_H
#define FDWATCH_MODEL_UNWIND_H

#include <stdint.h>

#define UNWIND_FRAMES_MAX 64
#define UNWIND_STACK_MAX (32 * 1024) /* bytes of a slice */

/* Of a thread in its system call; x86-64 by the psABI's names. What a call clobbers isn't here. */
struct unwind_registers {
	uint64_t pc, sp, bp, bx, r12, r13, r14, r15;
};

enum unwind_cfa {
	UNWIND_CFA_UNKNOWN, /* no rule: registers and stack have to travel */
	UNWIND_CFA_END,     /* the outermost frame: it has no caller */
	UNWIND_CFA_SP,      /* CFA = sp + cfa_offset */
	UNWIND_CFA_BP,      /* CFA = bp + cfa_offset */
	UNWIND_CFA_BP_AT,   /* CFA = the word at bp + cfa_offset (a realigned stack) */
};

enum unwind_bp {
	UNWIND_BP_SAME, /* the caller's bp is this frame's */
	UNWIND_BP_CFA,  /* the caller's bp is the word at CFA + bp_offset */
	UNWIND_BP_AT,   /* … the word at bp + bp_offset (a realigned stack) */
};

/*
 * The return address is the word at CFA - 8, and the caller's sp is CFA. Code without call frame
 * information (JIT, Go) has the rule of frame pointers: CFA = bp + 16, bp at CFA - 16.
 */
struct unwind_rule {
	uint8_t cfa;       /* enum unwind_cfa */
	uint8_t bp;        /* enum unwind_bp */
	uint16_t reserved; /* 0 */
	int32_t cfa_offset;
	int32_t bp_offset;
};

#endif
