// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One reading visits each process once: its table's own count, merged with what the hooks know. */
#include "inotify.h"
#include "orphan.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define SETTLE_NS 150000000ULL /* longer than a call that runs is between table and hook */

/*
 * Settles a difference between table and hooks. A call in flight shows in one of them first, so
 * only what snapshots agree on for a while is taken over.
 */
static __always_inline void settle(struct process *p, __s64 difference, bool silent)
{
	__s64 pending = p->pending;
	__u64 now;

	if (!difference && !pending)
		return;
	now = bpf_ktime_get_ns();
	if (!pending || (difference > 0) != (pending > 0) || !difference) {
		p->pending = difference;
		p->pending_ns = now;
		return;
	}
	if (difference > 0 ? difference < pending : difference > pending)
		p->pending = pending = difference;
	if (now - p->pending_ns < SETTLE_NS)
		return;
	if (pending > 0) {
		p->unattributed += pending;
	} else {
		p->unseen_closed += -pending;
		if (!silent) {
			p->drift += -pending;
			tally(FDW_TALLY_DRIFT, -pending);
		}
	}
	__sync_fetch_and_add(&p->base, pending);
	p->pending = difference - pending;
	p->pending_ns = now;
}

/* What is counted before the record is made: both together are too much for the stack. */
struct look {
	__u32 fds;
	__u32 reserved;
	__u32 flags; /* FDW_PROCESS_* */
};

static __always_inline __u32 flags_of(struct task_struct *task)
{
	__u32 flags = 0;

	if (task_dumpable(task))
		flags |= FDW_PROCESS_DUMPABLE;
	if (task_compat(task))
		flags |= FDW_PROCESS_COMPAT;
	if (task->files->count.counter > task->signal->nr_threads)
		flags |= FDW_PROCESS_SHARED;
	return flags;
}

static __always_inline void describe(struct fdw_process_record *r, struct task_struct *leader,
				     struct task_struct *task)
{
	r->start_time_ns = leader->start_boottime;
	r->cgroup_id = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
	r->soft_limit = soft_limit(task);
	r->hard_limit = task->signal->rlim[RLIMIT_NOFILE].rlim_max;
	r->pid = task->tgid;
	r->parent_pid = leader->real_parent->tgid;
	r->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	r->euid = BPF_CORE_READ(leader, real_cred, euid.val);
	r->suid = BPF_CORE_READ(leader, real_cred, suid.val);
	r->threads = task->signal->nr_threads;
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), leader->comm);
	inotify_read(r, leader);
}

#define READINGS 4 /* of a table that changes while it is read: one that agrees is enough */

/* Descriptors that the table holds beyond what the hooks know; less where below 0. */
static __attribute__((noinline)) __s64 difference(struct look *r, struct process *p,
						  struct task_struct *task)
{
	__s64 beyond = (__s64)r->fds - process_live(p);

	for (int i = 0; i < READINGS && beyond; i++) {
		r->reserved = table_reserved(task->files);
		r->fds = table_count(task->files, ~0ULL);
		beyond = (__s64)r->fds - process_live(p);
		if (r->reserved != FDW_UNKNOWN32)
			beyond -= r->reserved;
	}
	return beyond;
}

/* Compares the table with the hooks; leaves the exact count. */
static __always_inline void compare(struct look *r, struct process *p, struct task_struct *task)
{
	bool silent = r->flags & (FDW_PROCESS_SHARED | FDW_PROCESS_COMPAT);

	if (p->files != (__u64)task->files) { /* the first look, or a table of its own now */
		r->reserved = table_reserved(task->files);
		process_rebase(p, task,
			       r->reserved == FDW_UNKNOWN32 ? r->fds : r->fds - r->reserved);
		return;
	}
	settle(p, difference(r, p, task), silent);
	process_arm(p, soft_limit(task), r->fds);
	process_reached(p, task, r->fds);
	p->high = process_live(p) < 0 ? 0 : process_live(p);
	p->sure = p->high;
	p->excess = p->high > r->fds ? p->high - r->fds : 0;
}

/* Writes the record; not 0 where the buffer is full. */
static __attribute__((noinline)) int tell(struct bpf_iter__task *ctx, struct process *p,
					  struct look *look)
{
	struct task_struct *task = ctx->task;
	struct fdw_process_record r = {};

	if (!task)
		return 0;
	describe(&r, task->group_leader, task);
	r.fds = look->fds;
	r.reserved = look->reserved;
	r.flags = look->flags;
	r.opened = p->opened + p->unattributed;
	r.closed = p->closed + p->unseen_closed;
	r.unattributed = p->unattributed;
	r.drift = p->drift;
	for (int i = 0; i < FDW_REFUSAL_COUNT; i++)
		r.refusals[i] = p->refusals[i];
	r.last_refusal_ns = p->last_refusal_ns;
	r.execs = p->execs;
	r.space = p->track ? p->space : 0;
	r.sites = p->track ? p->sites : 0;
	r.peak = p->peak;
	return bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
}

SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct look look = {};
	struct process *p;

	if (!task || task->flags & PF_KTHREAD || !task->files)
		return 0;
	leader = task->group_leader;
	if (task->pid != task->tgid && leader->files)
		return 0; /* the leader stands for all; once it has exited, the first thread left */
	p = process_make(leader);
	if (!p || p->session == ctx->meta->session_id)
		return 0;
	look.reserved = FDW_UNKNOWN32;
	look.flags = flags_of(task);
	look.fds = table_count(task->files, ~0ULL);
	compare(&look, p, task);
	orphan_renew(p, task);
	if (!tell(ctx, p, &look))
		p->session = ctx->meta->session_id; /* else the buffer is full: it comes again */
	return 0;
}
