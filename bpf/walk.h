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
	__u32 child; /* fork: whose copies are made */
	__u32 tell;  /* end: what is left open */
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
		left_tell(fd);
	record_drop(w->track, fd);
	return 0;
}

static __always_inline struct walk walk_of(struct task_struct *task, __u32 track)
{
	struct table t = table_of(task->files);

	return (struct walk){.open = t.open, .size = t.size, .track = track};
}

/* As many numbers as there can be records. */
#define WALK(function, walk) bpf_loop(RECORDS_MAX, function, walk, 0)

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

static long walk_site(__u32 i __attribute__((unused)), struct fdw_site_key *key)
{
	struct fdw_site_total *total = bpf_map_lookup_elem(&sites, key);
	struct fdw_site_key found = *key;

	if (!total)
		return 1;
	key->site = total->next;
	bpf_map_delete_elem(&sites, &found);
	return !key->site;
}

/* Ends tracking; what is left open is told for the current process only. */
static __always_inline void walk_end(struct process *p, struct task_struct *task, bool tell)
{
	struct fdw_site_key key = {.site = p->first_site, .track = p->track};
	struct walk w = walk_of(task, p->track);

	w.tell = tell;
	WALK(walk_ended, &w);
	bpf_loop(PROCESS_SITES_MAX, walk_site, &key, 0);
	p->track = 0;
	p->space = 0;
	p->first_site = 0;
}

#endif
