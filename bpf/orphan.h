/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The records of leaders that have exited before their groups. An exec by another thread makes that
 * thread the leader, with the old one's pid and start: the record is kept for it.
 */
#ifndef FDWATCH_ORPHAN_H
#define FDWATCH_ORPHAN_H

#include "process.h"

struct orphan {
	__u64 start_time_ns;
	struct process process;
};

/* By group. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct orphan);
} orphans SEC(".maps") __weak;

/* The orphan that stands for a group's leader; NULL where there is none. */
static __always_inline struct orphan *orphan_of(struct task_struct *task)
{
	__u32 group = task->tgid;
	struct orphan *orphan = bpf_map_lookup_elem(&orphans, &group);

	return orphan && orphan->start_time_ns == task->group_leader->start_boottime ? orphan
										     : NULL;
}

/* One of the threads that go on without their leader is met: its record is as it stands now. */
static __always_inline void orphan_renew(struct process *p, struct task_struct *task)
{
	struct orphan *orphan = RECORD_LEAVES && task->pid != task->tgid ? orphan_of(task) : NULL;

	if (orphan)
		orphan->process = *p;
}

#endif
