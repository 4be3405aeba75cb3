/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the kernel keeps of each process.
 *
 * live = base + opened - closed. Hooks add to opened and closed; fork, exec and the snapshot, which
 * know the table itself, correct base.
 */
#ifndef FDWATCH_PROCESS_H
#define FDWATCH_PROCESS_H

#include "kernel.h"

#include "compat.h"
#include "early.h"
#include "fdwatch/record.h"
#include "table.h"
#include "tally.h"

struct process {
	__u64 opened;
	__u64 closed;
	__s64 base;
	__u64 files; /* the table that live counts, by its address; 0 before the first look */
	__u64 soft_limit;
	__s64 sure;   /* the live count up to which the table need not be asked again */
	__s64 excess; /* of the live count: closed unseen, as the table told */
	__u32 high;   /* most live since the last snapshot: above it, a look is due */
	__u32 next;   /* live at which the next threshold is crossed */
	__u32 level;  /* thresholds crossed by now */
	__u32 peak;
	__s64 pending; /* difference of table and hooks that snapshots agree on, not settled yet */
	__u64 pending_ns; /* since when */
	__u64 unattributed;
	__u64 unseen_closed;
	__u64 drift;
	__u64 refusals[FDW_REFUSAL_COUNT];
	__u64 last_refusal_ns;
	__u64 last_told_ns; /* refusal sent to the ring */
	__u64 crossing_ns;  /* begin of the second in which thresholds were crossed last */
	__u64 crossings;    /* within it */
	__u64 execs;
	__u64 session;    /* snapshot that last showed the process */
	__u64 since_ns;   /* tracked since then */
	__u64 first_site; /* of those it opened at: a chain through the `sites` map */
	__u64 slice_ns;   /* up to then slices have been granted */
	__u32 slices;     /* that may still be sent */
	__u32 slices_sent;
	__u32 sites; /* in the chain */
	__u32 track; /* its number while it is tracked, else 0 */
	__u32 space;
	__u32 track_flags;
};

#include "storage.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps") __weak;

/*
 * Whether these programs are the ones that count. Those of another build or backend stand beside
 * them for a while when one takes over from the other: the daemon closes one gate and opens the
 * other, so that a call is counted once.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} gate SEC(".maps") __weak;

static __always_inline bool gate_open(void)
{
	__u32 zero = 0, *open = bpf_map_lookup_elem(&gate, &zero);

	return open && *open;
}

#define SMALL_TABLE 1024         /* descriptors: 16 words to count */
#define TELLING_NS 1000000000ULL /* of a process a refusal is told once in this time */

static __always_inline __s64 process_live(struct process *p)
{
	return p->base + (__s64)(p->opened - p->closed);
}

/* The same less what is known to be closed unseen. */
static __always_inline __s64 process_held(struct process *p)
{
	return process_live(p) - p->excess;
}

static __always_inline __u64 soft_limit(struct task_struct *task)
{
	return READ(task, signal, rlim[RLIMIT_NOFILE].rlim_cur);
}

/* Sends an event and wakes the daemon: what is sent can't wait for its next poll. */
static __always_inline void send(struct process *p, struct task_struct *task,
				 struct fdw_event *event)
{
	event->time_ns = bpf_ktime_get_boot_ns();
	event->start_time_ns = READ(task, group_leader, start_boottime);
	event->soft_limit = soft_limit(task);
	event->pid = READ(task, tgid);
	event->fds = process_held(p) < 0 ? 0 : process_held(p);
	event->flags = task_dumpable(task) ? FDW_PROCESS_DUMPABLE : 0;
	event->uid = BPF_CORE_READ(task, group_leader, real_cred, uid.val);
	event->euid = BPF_CORE_READ(task, group_leader, real_cred, euid.val);
	event->suid = BPF_CORE_READ(task, group_leader, real_cred, suid.val);
	bpf_probe_read_kernel(event->comm, sizeof(event->comm), READ(task, group_leader)->comm);
	if (bpf_ringbuf_output(&events, event, sizeof(*event), BPF_RB_FORCE_WAKEUP))
		tally(FDW_TALLY_RING_FULL, 1);
}

/* The n-th threshold (0, 1, 2: 80, 90, 95 %) of a limit, in descriptors. */
static __always_inline __u32 threshold_percent(__u32 level)
{
	return level == 0 ? 80 : level == 1 ? 90 : 95;
}

static __always_inline __u32 threshold(__u64 limit, __u32 level)
{
	__u64 at;

	if (level > 2 || limit > 0xffffffffULL)
		return FDW_UNKNOWN32;
	at = (limit * threshold_percent(level) + 99) / 100;
	return at ? at : 1;
}

/*
 * Sets the next threshold for a limit: a level once crossed is armed again when live has fallen
 * 5 % of the limit below it, so that a count that swings around it is told once.
 */
static __always_inline void process_arm(struct process *p, __u64 limit, __s64 live)
{
	__u32 level = p->level > 3 ? 3 : p->level;

	for (int i = 0; i < 3; i++)
		if (level > 0 && live + (__s64)(limit / 20) < (__s64)threshold(limit, level - 1))
			level--;
	p->level = level;
	p->next = threshold(limit, level);
	p->soft_limit = limit;
}

/* Three crossings a second, one for each threshold: no process may drown the others' events. */
static __always_inline bool process_is_muted(struct process *p)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (now - p->crossing_ns > TELLING_NS) {
		p->crossing_ns = now;
		p->crossings = 0;
	}
	if (++p->crossings <= 3)
		return 0;
	tally(FDW_TALLY_MUTED, 1);
	return 1;
}

/* The live count has reached `next`: tells the highest threshold crossed. */
static __attribute__((noinline)) int process_crossed(struct process *p, struct task_struct *task,
						     __s64 live)
{
	__u64 limit = soft_limit(task);
	struct fdw_event event = {};
	__u32 from, level;

	if (limit != p->soft_limit)
		process_arm(p, limit, live);
	from = level = p->level;
	for (int i = 0; i < 3; i++)
		if (live >= threshold(limit, level))
			level++;
	/* Of threads that come here together one tells. */
	if (level == from || !SWAPPED(&p->level, from, level))
		return 0;
	p->next = threshold(limit, level);
	if (process_is_muted(p))
		return 0;
	event.percent = threshold_percent(level - 1);
	event.type = FDW_EVENT_THRESHOLD;
	send(p, task, &event);
	return 0;
}

#define PEAK_TRIES 4 /* CPUs that raise it at one time */

static __always_inline void process_peak(struct process *p, __s64 n)
{
	for (int i = 0; i < PEAK_TRIES; i++) {
		__u32 peak = p->peak;

		if (n <= peak || SWAPPED(&p->peak, peak, n))
			break;
	}
}

/* The table is known to hold n. */
static __always_inline void process_reached(struct process *p, struct task_struct *task, __s64 n)
{
	process_peak(p, n);
	if (n >= p->next)
		process_crossed(p, task, n);
}

/*
 * The live count is higher than at any time since the last snapshot. What the hooks did not see
 * close must not make a peak, so the table is asked: each time while it is small, and a large one
 * again when it has grown by a 64th, which keeps the cost of a call bounded. It does not show
 * `ahead` numbers yet.
 */
static __always_inline void process_rose(struct process *p, struct task_struct *task, __s64 live,
					 __u32 ahead)
{
	p->high = live;
	if (live > p->sure) {
		__s64 held = (__s64)table_count(READ(task, files), ~0ULL) + ahead;

		p->excess = live > held ? live - held : 0;
		p->sure = live + (held > SMALL_TABLE ? held / 64 : 0);
	}
	process_reached(p, task, live - p->excess);
}

/* Makes what the table holds now the base of the live count. */
static __always_inline void process_rebase(struct process *p, struct task_struct *task, __u32 fds)
{
	p->files = (__u64)READ(task, files);
	p->base = (__s64)fds - (__s64)(p->opened - p->closed);
	p->high = p->sure = fds;
	p->excess = 0;
	p->pending = 0;
	process_peak(p, fds);
	process_arm(p, soft_limit(task), fds);
}

/* Reads the table anew after what may have closed any number of descriptors. */
static __always_inline void process_recount(struct process *p, struct task_struct *task)
{
	__s64 gone = process_live(p) - (__s64)table_count(READ(task, files), ~0ULL);

	if (gone > 0)
		__sync_fetch_and_add(&p->closed, gone);
	process_rebase(p, task, process_live(p));
}

#endif
