// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Process life: fork inherits, exec drops what is close-on-exec, exit takes the record with it. */
#include "process.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* An exec by another thread makes that thread the leader: its record goes with it. */
SEC("tracepoint")
int exec_entered(void *ctx __attribute__((unused)))
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process *p, *own;

	if (task->tgid == task->pid)
		return 0;
	p = process_get(task->group_leader);
	if (!p)
		return 0;
	own = process_make(task);
	if (own)
		*own = *p;
	return 0;
}

SEC("tp_btf/sched_process_exec")
int executed(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct process *p = process_make(task);

	if (!p || !task->files)
		return 0;
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
