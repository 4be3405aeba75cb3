// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Process life: fork inherits, exec drops what is close-on-exec, exit takes the record with it. */
#include "process.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The record of a leader that has exited before its group, by group and start. */
struct orphan {
	__u64 start_time_ns;
	struct process process;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct orphan);
} orphans SEC(".maps");

/*
 * An exec by another thread ends the leader first and makes that thread the leader, with the old
 * one's pid and start: the record is kept for it.
 */
SEC("tp_btf/sched_process_exit")
int exited(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct orphan orphan = {};
	__u32 group = task->tgid;
	struct process *p;

	if (task->pid != task->tgid || !task->signal->live.counter)
		return 0;
	p = process_get(task);
	if (!p)
		return 0;
	orphan.start_time_ns = task->start_boottime;
	orphan.process = *p;
	bpf_map_update_elem(&orphans, &group, &orphan, BPF_ANY);
	return 0;
}

static __always_inline void adopt(struct process *p, struct task_struct *task)
{
	__u32 group = task->tgid;
	struct orphan *orphan = bpf_map_lookup_elem(&orphans, &group);

	if (orphan && orphan->start_time_ns == task->start_boottime)
		*p = orphan->process;
	bpf_map_delete_elem(&orphans, &group);
}

SEC("tp_btf/sched_process_exec")
int executed(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	__s32 former = ctx[1];
	struct process *p = process_make(task);

	if (!p || !task->files)
		return 0;
	if (former != task->pid)
		adopt(p, task);
	if (p->files)
		process_recount(p, task);
	p->execs++;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int forked(__u64 *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct process *p;

	if (child->pid != child->tgid || !child->files)
		return 0;
	p = process_make(child);
	if (p)
		process_rebase(p, child, table_count(child->files, ~0ULL));
	return 0;
}
