/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A thread's registers in a system call, read at its exit: arguments, and where the stack is. */
#ifndef FDWATCH_ARGS_H
#define FDWATCH_ARGS_H

#include "kernel.h"

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r10, dx, si, di, ip, sp;
} __attribute__((preserve_access_index));
#define ARG0(regs) ((regs)->di)
#define ARG1(regs) ((regs)->si)
#define ARG2(regs) ((regs)->dx)
#define ARG3(regs) ((regs)->r10)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long long regs[31];
	unsigned long long sp, pc;
	unsigned long long orig_x0;
} __attribute__((preserve_access_index));
#define ARG0(r) ((r)->orig_x0) /* x0 holds the result by now */
#define ARG1(r) ((r)->regs[1])
#define ARG2(r) ((r)->regs[2])
#define ARG3(r) ((r)->regs[3])
#endif

static __always_inline struct pt_regs *current_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

#define CALL_ARG(n) \
	({ \
		struct pt_regs *regs_ = current_registers(); \
		(unsigned long)ARG##n(regs_); \
	})

#endif
