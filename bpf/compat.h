/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Fields that kernels have renamed or retyped, each with the version that did it. */
#ifndef FDWATCH_COMPAT_H
#define FDWATCH_COMPAT_H

#include "early.h"

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
	struct mm_struct *mm = READ(task, mm);
	unsigned long flags = 0;

	if (!mm)
		return 0;
	if (bpf_core_type_exists(mm_flags_t___bitmap))
		bpf_probe_read_kernel(&flags, sizeof(flags),
				      &((struct mm_struct___bitmap *)mm)->flags);
	else
		flags = READ(mm, flags);
	return (flags & MMF_DUMPABLE_MASK) == SUID_DUMP_USER;
}

#if defined(__TARGET_ARCH_x86)
/* mm_context_t.ia32_compat became the lowest bit of its flags in 5.11; thread flags move about. */
struct mm_struct___flag {
	struct {
		unsigned short ia32_compat;
	} context;
} __attribute__((preserve_access_index));

struct mm_struct___flags {
	struct {
		unsigned long flags;
	} context;
} __attribute__((preserve_access_index));

/* Whether the task's program is a 32-bit one. */
static __always_inline bool task_compat(struct task_struct *task)
{
	struct mm_struct___flags *now = (void *)READ(task, mm);
	struct mm_struct___flag *before = (void *)now;
	unsigned long flags = 0;
	unsigned short flag = 0;

	if (!now)
		return 0;
	if (bpf_core_field_exists(before->context.ia32_compat)) {
		bpf_core_read(&flag, sizeof(flag), &before->context.ia32_compat);
		return flag != 0;
	}
	bpf_core_read(&flags, sizeof(flags), &now->context.flags);
	return flags & 1;
}
#elif defined(__TARGET_ARCH_arm64)
#define TIF_32BIT 22

static __always_inline bool task_compat(struct task_struct *task)
{
	return (READ(task, thread_info.flags) >> TIF_32BIT) & 1;
}
#else
#error "unknown architecture"
#endif

#endif
