// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Beginning and ending to track: the daemon marks processes by pid, and a reading applies it. */
#include "orphan.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct fdw_mark);
} marks SEC(".maps");

static __always_inline void mark_apply(struct process *p, struct task_struct *task,
				       struct fdw_mark *mark)
{
	__u32 lost;

	if (mark->flags & FDW_TRACK_ASK)
		return;
	if (!p->files)
		process_rebase(p, task, table_count(task->files, ~0ULL));
	if (mark->flags & FDW_TRACK_TRIM) {
		if (p->track)
			walk_trim(p, task);
	} else if (mark->flags & FDW_TRACK_OFF) {
		walk_end(p, task, 0, &lost);
	} else if (p->track) {
		p->track_flags = mark->flags;
	} else {
		track_begin(p, 0, mark->flags);
	}
}

/* Shows each process that is marked, as it stands then. */
SEC("iter/task")
int tracking(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct fdw_tracked tracked = {};
	struct fdw_mark *mark;
	struct process *p;
	__u32 pid;

	if (!task || task->flags & PF_KTHREAD || !task->files)
		return 0;
	leader = task->group_leader;
	if (task->pid != task->tgid && leader->files)
		return 0;
	pid = task->tgid;
	mark = bpf_map_lookup_elem(&marks, &pid);
	if (!mark || mark->start_time_us != leader->start_boottime / 1000 ||
	    mark->session == (__u32)ctx->meta->session_id) /* by another of its threads */
		return 0;
	p = process_make(leader);
	if (!p)
		return 0;
	mark_apply(p, task, mark);
	orphan_renew(p, task);
	tracked_describe(&tracked, p, leader);
	if (!bpf_seq_write(ctx->meta->seq, &tracked, sizeof(tracked)))
		mark->session = ctx->meta->session_id;
	return 0;
}
