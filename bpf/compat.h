/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Fields that kernels have renamed or retyped, each with the version that did it. */
#ifndef FDWATCH_COMPAT_H
#define FDWATCH_COMPAT_H

#include "kernel.h"

/* mm_struct.flags became a bitmap struct in 6.18. */
typedef struct {
	unsigned long __mm_flags[1];
} mm_flags_t___bitmap;

struct mm_struct___bitmap {
	mm_flags_t___bitmap flags;
} __attribute__((preserve_access_index));

#define MMF_DUMPABLE_MASK 3
#define SUID_DUMP_USER 1

/* Whether the task's owner may look into it (PR_GET_DUMPABLE is 1). */
static __always_inline bool task_dumpable(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	unsigned long flags = 0;

	if (!mm)
		return 0;
	if (bpf_core_type_exists(mm_flags_t___bitmap))
		bpf_probe_read_kernel(&flags, sizeof(flags),
				      &((struct mm_struct___bitmap *)mm)->flags);
	else
		flags = mm->flags;
	return (flags & MMF_DUMPABLE_MASK) == SUID_DUMP_USER;
}

/* Whether the task runs 32-bit code: TIF_ADDR32 on x86, TIF_32BIT on arm64. */
static __always_inline bool task_compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return (task->thread_info.flags >> 29) & 1;
#elif defined(__TARGET_ARCH_arm64)
	return (task->thread_info.flags >> 22) & 1;
#else
#error "unknown architecture"
#endif
}

#endif
