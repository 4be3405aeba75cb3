/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A system call's arguments, read at its exit from the registers it was entered with. */
#ifndef FDWATCH_ARGS_H
#define FDWATCH_ARGS_H

#include "kernel.h"

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx;
} __attribute__((preserve_access_index));
#define ARG0(regs) ((regs)->di)
#define ARG1(regs) ((regs)->si)
#define ARG2(regs) ((regs)->dx)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long long regs[31];
	unsigned long long orig_x0;
} __attribute__((preserve_access_index));
#define ARG0(r) ((r)->orig_x0) /* x0 holds the result by now */
#define ARG1(r) ((r)->regs[1])
#define ARG2(r) ((r)->regs[2])
#endif

#define CALL_ARG(n) \
	({ \
		struct pt_regs *regs_ = \
			(struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()); \
		(unsigned long)ARG##n(regs_); \
	})

#endif
