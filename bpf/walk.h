/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What befalls many records of a process at once: a fork copies them, exec and close_range take
 * those whose number is clear by then, the end takes all. Each walks the table's numbers.
 */
#ifndef FDWATCH_WALK_H
#define FDWATCH_WALK_H

#include "left.h"
#include "track.h"

struct walk {
	__u64 open; /* address of the bitmap of numbers taken */
	__u64 word; /* of it, that the number is in */
	__u64 size;
	__u32 first;
	__u32 track;
	__u32 child;              /* fork: whose copies are made */
	__u32 tell;               /* end: what is left open */
	struct fdw_site_key site; /* end: the next of the chain; trim: the last that stays */
	__u64 before;             /* trim: the last use of what may go */
	__u32 turn;
	__u32 dropped; /* end: not told */
	__u32 pending; /* of those dropped */
	__u32 reserved;
};

/* The next number of a walk; false behind the last. */
static __always_inline bool walk_next(struct walk *w, __u32 i, __u32 *fd, bool *open)
{
	*fd = w->first + i;
	if (*fd >= w->size)
		return 0;
	if (!i || !(*fd % WORD_BITS))
		bpf_probe_read_kernel(&w->word, sizeof(w->word),
				      (void *)(w->open + *fd / WORD_BITS * sizeof(w->word)));
	*open = w->word >> (*fd % WORD_BITS) & 1;
	return 1;
}

static long walk_forked(__u32 i, struct walk *w)
{
	struct fdw_live *parent, record;
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	parent = open ? record_get(w->track, fd) : NULL;
	if (!parent)
		return 0;
	record = *parent;
	record.flags |= FDW_LIVE_INHERITED;
	record_put(w->child, fd, &record);
	return 0;
}

static long walk_executed(__u32 i, struct walk *w)
{
	struct fdw_live *record;
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	record = record_get(w->track, fd);
	if (record && open)
		record->flags |= FDW_LIVE_EXECUTED;
	else if (record)
		record_drop(w->track, fd);
	return 0;
}

static long walk_closed(__u32 i, struct walk *w)
{
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	if (!open && record_get(w->track, fd))
		record_drop(w->track, fd);
	return 0;
}

static long walk_ended(__u32 i, struct walk *w)
{
	struct fdw_live *record;
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	record = open && w->tell ? record_get(w->track, fd) : NULL;
	if (open && w->tell && !(record && record->flags & FDW_LIVE_TOLD))
		w->dropped += left_tell(w->track, fd);
	record_drop(w->track, fd);
	return 0;
}

static long walk_site(__u32 i __attribute__((unused)), struct walk *w)
{
	struct fdw_site_key found = w->site;
	struct fdw_site_total *total = bpf_map_lookup_elem(&sites, &found);

	if (!total)
		return 1;
	w->site.site = total->next;
	bpf_map_delete_elem(&sites, &found);
	return !w->site.site;
}

/* What a live descriptor was opened at stays. */
static long walk_used(__u32 i, struct walk *w)
{
	struct fdw_site_key key = {.track = w->track};
	struct fdw_site_total *total;
	struct fdw_live *record;
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	record = open ? record_get(w->track, fd) : NULL;
	if (!record)
		return 0;
	key.site = record->site;
	total = bpf_map_lookup_elem(&sites, &key);
	if (total)
		total->turn = w->turn;
	return 0;
}

/*
 * Takes the one behind the last that stays out of the chain. The first always stays: others may be
 * put in front of it meanwhile.
 */
static long walk_trimmed(__u32 i __attribute__((unused)), struct walk *w)
{
	struct fdw_site_key last = w->site, key = {.track = w->track};
	struct fdw_site_total *previous = bpf_map_lookup_elem(&sites, &last), *total;

	key.site = previous ? previous->next : 0;
	total = key.site ? bpf_map_lookup_elem(&sites, &key) : NULL;
	if (!total)
		return 1;
	if (total->turn == w->turn || total->last_ns > w->before) {
		w->site = key;
		return 0;
	}
	previous->next = total->next;
	bpf_map_delete_elem(&sites, &key);
	w->dropped++;
	w->pending += key.site >> 63;
	return 0;
}

/* As many numbers as there can be records, and more than a process can have sites. */
#ifndef FDWATCH_EARLY
#define WALKER(function)
#define WALK(function, w) LOOP(RECORDS_MAX, function, w)
#else
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps") __weak;

static __always_inline struct walk *walk_kept(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&walks, &zero);
}

/* Functions that the verifier walks once each, for loops in loops. They take numbers only. */
#define WALKER(function) \
	__weak __attribute__((noinline)) int function##_word(__u32 first) \
	{ \
		struct walk *w = walk_kept(); \
		for (__u32 i = 0; w && i < WORD_BITS; i++) \
			if (function(first + i, w)) \
				return 1; \
		return 0; \
	} \
	__weak __attribute__((noinline)) int function##_row(__u32 first) \
	{ \
		for (__u32 i = 0; i < WALK_WORDS; i++) \
			if (function##_word(first + i * WORD_BITS)) \
				return 1; \
		return 0; \
	}

#define WALK_WORDS 64
#define WALK(function, w) \
	({ \
		struct walk *kept_ = walk_kept(); \
		if (kept_) \
			*kept_ = *(w); \
		for (__u32 i_ = 0; kept_ && i_ < RECORDS_MAX / (WALK_WORDS * WORD_BITS); i_++) \
			if (function##_row(i_ * WALK_WORDS * WORD_BITS)) \
				break; \
		if (kept_) \
			*(w) = *kept_; \
	})
#endif

WALKER(walk_forked)
WALKER(walk_executed)
WALKER(walk_closed)
WALKER(walk_ended)
WALKER(walk_site)
WALKER(walk_used)
WALKER(walk_trimmed)

static __always_inline struct walk walk_of(struct task_struct *task, __u32 track)
{
	struct table t = table_of(READ(task, files));

	return (struct walk){.open = t.open, .size = t.size, .track = track};
}

static __always_inline void walk_fork(struct task_struct *child, __u32 parent, __u32 track)
{
	struct walk w = walk_of(child, parent);

	w.child = track;
	WALK(walk_forked, &w);
}

static __always_inline void walk_exec(struct task_struct *task, __u32 track)
{
	struct walk w = walk_of(task, track);

	WALK(walk_executed, &w);
}

static __always_inline void walk_close(struct task_struct *task, __u32 track, __u32 first,
				       __u32 last)
{
	struct walk w = walk_of(task, track);

	w.first = first;
	if (w.size > (__u64)last + 1)
		w.size = (__u64)last + 1;
	WALK(walk_closed, &w);
}

/* close_range is done; unless `always`, only where it has made a table of its own. */
static __always_inline int range_recount(__u32 first, __u32 last, bool always)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));

	if (!p || !gate_open() ||
	    !(p->files == (__u64)READ(task, files) ? always : READ(task, tgid) == READ(task, pid)))
		return 0; /* a table of another thread's own is not the process's */
	process_recount(p, task);
	if (p->track)
		walk_close(task, p->track, first, last);
	return 0;
}

#define TRIM_UNUSED_NS 5000000000ULL /* what was used since is likely to be used again */

/* Gives back the sites that nothing open was opened at, and that were not used lately. */
static __always_inline void walk_trim(struct process *p, struct task_struct *task)
{
	struct walk w = walk_of(task, p->track);
	__u64 now = bpf_ktime_get_boot_ns();

	w.turn = now | 1;
	w.before = now - TRIM_UNUSED_NS;
	w.site.site = p->first_site;
	w.site.track = p->track;
	WALK(walk_used, &w);
	WALK(walk_trimmed, &w);
	__sync_fetch_and_add(&p->sites, -w.dropped);
	p->slices_sent -= w.pending < p->slices_sent ? w.pending : p->slices_sent;
}

/*
 * Ends tracking; what is left open is told for the current process only, but for `lost` of it.
 * False where another does it: two threads may each find themselves the last.
 */
static __always_inline bool walk_end(struct process *p, struct task_struct *task, bool tell,
				     __u32 *lost)
{
	struct walk w = walk_of(task, p->track);

	w.tell = tell;
	w.site.site = p->first_site;
	w.site.track = w.track;
	if (!w.track || !SWAPPED(&p->track, w.track, 0))
		return 0;
	p->space = 0;
	p->first_site = 0;
	WALK(walk_ended, &w);
	*lost = w.dropped;
	WALK(walk_site, &w);
	return 1;
}

#endif
