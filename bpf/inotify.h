/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How many inotify instances a process's user has, and how many are allowed. The kernel counts them
 * in the user's namespace and for the owner of each namespace around it; since 5.14 a process's
 * credentials lead to those counts.
 */
#ifndef FDWATCH_INOTIFY_H
#define FDWATCH_INOTIFY_H

#include "kernel.h"

#include "fdwatch/record.h"

enum ucount_type {
	UCOUNT_INOTIFY_INSTANCES, /* its value is the kernel's */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	long counter;
} atomic_long_t;

struct user_namespace {
	struct ns_common ns;
	struct ucounts *ucounts; /* of its owner, in the namespace around it */
	long ucount_max[1];
};

struct ucounts {
	struct user_namespace *ns;
	kuid_t uid;
	atomic_long_t ucount[1];
};

struct cred___ucounts {
	struct ucounts *ucounts;
};

#pragma clang attribute pop

#define NAMESPACES 3 /* a container's, a user's around it, the host's */

/*
 * Writes the count that has the least room left; leaves the record alone where there is none. Not
 * inlined: with the snapshot's other helpers the stack would not hold it.
 */
static __attribute__((noinline)) int inotify_read(struct fdw_process_record *r,
						  struct task_struct *leader)
{
	struct cred___ucounts *cred = (void *)BPF_CORE_READ(leader, cred);
	__u64 index = bpf_core_enum_value(enum ucount_type, UCOUNT_INOTIFY_INSTANCES);
	struct ucounts *counts;
	__s64 least = 0;

	if (!bpf_core_enum_value_exists(enum ucount_type, UCOUNT_INOTIFY_INSTANCES) ||
	    !bpf_core_field_exists(cred->ucounts))
		return 0;
	counts = BPF_CORE_READ(cred, ucounts);
	for (int i = 0; i < NAMESPACES && counts; i++) {
		struct user_namespace *ns = BPF_CORE_READ(counts, ns);
		long used = 0, most = 0;

		bpf_probe_read_kernel(&used, sizeof(used), &counts->ucount[index]);
		if (used <= 0 || !ns)
			return 0;
		bpf_probe_read_kernel(&most, sizeof(most), &ns->ucount_max[index]);
		if (!r->inotify || most - used < least) {
			least = most - used;
			r->inotify = used;
			r->inotify_max = most < 0 ? 0 : most > 0x7fffffff ? 0x7fffffff : most;
			r->inotify_uid = BPF_CORE_READ(counts, uid.val);
			r->inotify_ns = BPF_CORE_READ(ns, ns.inum);
		}
		counts = BPF_CORE_READ(ns, ucounts);
	}
	return 0;
}

#endif
