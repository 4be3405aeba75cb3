/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A thread's registers in a system call, read at its exit: arguments, and where the stack is. */
#ifndef FDWATCH_ARGS_H
#define FDWATCH_ARGS_H

#include "early.h"

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r10, dx, si, di, ip, sp;
} __attribute__((preserve_access_index));
#define ARG0(r) REGISTER(r, di)
#define ARG1(r) REGISTER(r, si)
#define ARG2(r) REGISTER(r, dx)
#define ARG3(r) REGISTER(r, r10)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long long regs[31];
	unsigned long long sp, pc;
	unsigned long long orig_x0;
} __attribute__((preserve_access_index));
#define ARG0(r) REGISTER(r, orig_x0) /* x0 holds the result by now */
#define ARG1(r) REGISTER(r, regs[1])
#define ARG2(r) REGISTER(r, regs[2])
#define ARG3(r) REGISTER(r, regs[3])
#endif

#ifndef FDWATCH_EARLY
static __always_inline struct pt_regs *current_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(current_task());
}
#define REGISTER(regs, name) ((regs)->name)
#else
#define THREAD_SIZE 16384 /* of x86-64 and of arm64 with pages of 4 KiB */

struct task_struct___stack {
	void *stack;
} __attribute__((preserve_access_index));

/* At the top of the thread's stack in the kernel. */
static __always_inline struct pt_regs *current_registers(void)
{
	struct task_struct___stack *task = (void *)current_task();

	return READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs);
}
#define REGISTER(regs, name) BPF_CORE_READ(regs, name)
#endif

#define CALL_ARG(n) \
	({ \
		struct pt_regs *regs_ = current_registers(); \
		(unsigned long)ARG##n(regs_); \
	})

#endif
