// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Process life: fork inherits, exec drops what is close-on-exec, exit takes the record with it. */
#include "orphan.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The last thread of a process ends. */
static __attribute__((noinline)) int ended(struct task_struct *task)
{
	struct process *p = process_get(task->group_leader);
	struct fdw_trace_life life = {.type = FDW_TRACE_EXITED};

	if (!p || !p->track || !task->files)
		return 0;
	tracked_describe(&life.tracked, p, task->group_leader);
	if (walk_end(p, task, p->track_flags & FDW_TRACK_LEFT && p->files == (__u64)task->files,
		     &life.lost))
		track_send(&life, sizeof(life));
	return 0;
}

/*
 * The leader ends before its group. Beside ended(), not above it: their stacks together are more
 * than 6.12 allows.
 */
static __attribute__((noinline)) int leader_ended(struct task_struct *task)
{
	struct orphan orphan = {};
	__u32 group = task->tgid;
	struct process *p = process_get(task);

	if (!p)
		return 0;
	orphan.start_time_ns = task->start_boottime;
	orphan.process = *p;
	bpf_map_update_elem(&orphans, &group, &orphan, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int exited(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];

	if (!gate_open())
		return 0;
	if (!task->signal->live.counter) {
		ended(task);
		process_forget(task->group_leader);
		return 0;
	}
	return RECORD_LEAVES && task->pid == task->tgid ? leader_ended(task) : 0;
}

static __always_inline void adopt(struct process *p, struct task_struct *task)
{
	__u32 group = task->tgid;
	struct orphan *orphan = orphan_of(task);

	if (orphan)
		*p = orphan->process;
	bpf_map_delete_elem(&orphans, &group);
}

SEC("tp_btf/sched_process_exec")
int executed(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	__s32 former = ctx[1];
	struct process *p = gate_open() ? process_make(task) : NULL;

	if (!p || !task->files)
		return 0;
	if (former != task->pid)
		adopt(p, task);
	if (p->files)
		process_recount(p, task);
	p->execs++;
	if (p->track) {
		track_executed(p, task);
		walk_exec(task, p->track);
	}
	return 0;
}

SEC("tp_btf/sched_process_fork")
int forked(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct process *p, *parent;

	if (child->pid != child->tgid || !child->files || !gate_open())
		return 0;
	p = process_make(child);
	if (!p)
		return 0;
	process_rebase(p, child, table_count(child->files, ~0ULL));
	parent = process_get(task->group_leader);
	if (!parent || !parent->track || !(parent->track_flags & FDW_TRACK_CHILDREN))
		return 0;
	track_begin(p, parent->space, parent->track_flags);
	walk_fork(child, parent->track, p->track);
	track_tell(p, child, FDW_TRACE_FORKED);
	return 0;
}
