/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the hooks count, however they learn of it: descriptors made and closed, and refusals. */
#ifndef FDWATCH_COUNT_H
#define FDWATCH_COUNT_H

#include "process.h"

/*
 * A call made n descriptors, of which the table does not show `ahead` yet; whether they are to be
 * recorded, too.
 */
static __always_inline bool opened(__u32 n, __u32 ahead)
{
	struct task_struct *task = current_task();
	struct process *p = gate_open() ? process_get(READ(task, group_leader)) : NULL;
	__s64 live;

	if (!p)
		return 0; /* not met yet: the next snapshot begins with what it holds */
	__sync_fetch_and_add(&p->opened, n);
	if (p->files != (__u64)READ(task, files)) {
		__sync_fetch_and_add(&p->base, -(__s64)n); /* a thread with a table of its own */
		return 0;
	}
	live = process_live(p);
	if (live > p->high)
		process_rose(p, task, live, ahead);
	return p->track != 0;
}

/* A call closed n descriptors; whether they have records. */
static __always_inline bool closed(__u32 n)
{
	struct task_struct *task = current_task();
	struct process *p = gate_open() ? process_get(READ(task, group_leader)) : NULL;

	if (!p)
		return 0;
	__sync_fetch_and_add(&p->closed, n);
	if (p->files != (__u64)READ(task, files)) {
		__sync_fetch_and_add(&p->base, n);
		return 0;
	}
	return p->track != 0;
}

/*
 * Whether a table had no number left when a call was refused: all below the limit taken, but for
 * what other threads may have closed since, which is not each of hundreds.
 */
static __always_inline bool table_spent(struct task_struct *task)
{
	__u64 limit = soft_limit(task), closed = READ(task, signal, nr_threads);

	if (closed > 1 + limit / 64)
		closed = 1 + limit / 64;
	return table_count(READ(task, files), limit) + closed > limit;
}

/* A call was refused; `own` is what EMFILE means for it while numbers are free. */
static __attribute__((noinline)) int refused(__s64 error, enum fdw_refusal own)
{
	struct task_struct *task = current_task();
	struct fdw_event event = {};
	enum fdw_refusal cause = own;
	struct process *p;
	__u64 now;

	if ((error != -EMFILE && error != -ENFILE) || !gate_open())
		return 0;
	p = process_make(READ(task, group_leader));
	if (!p)
		return 0;
	if (error == -ENFILE)
		cause = own == FDW_REFUSAL_PIPE ? FDW_REFUSAL_PIPE : FDW_REFUSAL_FILE_MAX;
	else if (table_spent(task))
		cause = FDW_REFUSAL_NOFILE;
	else if (own == FDW_REFUSAL_PIPE)
		cause = FDW_REFUSAL_OTHER;
	if (cause >= FDW_REFUSAL_COUNT)
		return 0;
	now = bpf_ktime_get_boot_ns();
	__sync_fetch_and_add(&p->refusals[MASKED(cause, 8)], 1);
	p->last_refusal_ns = now;
	if (p->last_told_ns && now - p->last_told_ns < TELLING_NS)
		return 0;
	p->last_told_ns = now;
	event.type = FDW_EVENT_REFUSAL;
	event.cause = cause;
	send(p, task, &event);
	return 0;
}

#endif
