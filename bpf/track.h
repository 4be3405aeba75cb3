/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Records of tracked processes' live descriptors: made where one is opened, gone where it closes.
 */
#ifndef FDWATCH_TRACK_H
#define FDWATCH_TRACK_H

#include "process.h"

#define RECORDS_MAX (1 << 17) /* 12 MiB of kernel memory where all are taken */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORDS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct fdw_live_key);
	__type(value, struct fdw_live);
} records SEC(".maps") __weak;

#define SITES_MAX (1 << 15)
#define PROCESS_SITES_MAX (1 << 13) /* of one process, pending ones included */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SITES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct fdw_site_key);
	__type(value, struct fdw_site_total);
} sites SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fdw_numbers);
} numbers SEC(".maps") __weak;

#define TRACES_SIZE (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TRACES_SIZE);
} traces SEC(".maps") __weak;

/* Each daemon raises it: what was told to another is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} era SEC(".maps") __weak;

static __always_inline __u32 track_era(void)
{
	__u32 zero = 0, *now = bpf_map_lookup_elem(&era, &zero);

	return now ? *now : 0;
}

static __always_inline struct fdw_numbers *track_numbers(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&numbers, &zero);
}

/* Sends `size` bytes to the daemon, which can't wait for its next poll. */
static __always_inline bool track_send(void *record, __u64 size)
{
	if (!bpf_ringbuf_output(&traces, record, size, BPF_RB_FORCE_WAKEUP))
		return 1;
	tally(FDW_TALLY_TRACE_FULL, 1);
	return 0;
}

/*
 * A number's record is written over when the number comes again, which costs a fifth of making one;
 * so a closed one is emptied only, unless its number is so high that few will ever have it again.
 */
#define RECORDS_KEPT 1024

/* The record of a number; NULL where there is none, or its descriptor is closed. */
static __always_inline struct fdw_live *record_get(__u32 track, __u32 fd)
{
	struct fdw_live_key key = {.track = track, .fd = fd};
	struct fdw_live *record = bpf_map_lookup_elem(&records, &key);

	return record && record->opened_ns ? record : NULL;
}

static __always_inline void record_put(__u32 track, __u32 fd, struct fdw_live *record)
{
	struct fdw_live_key key = {.track = track, .fd = fd};
	struct fdw_live *found = bpf_map_lookup_elem(&records, &key);

	if (found)
		*found = *record;
	else if (bpf_map_update_elem(&records, &key, record, BPF_ANY))
		tally(FDW_TALLY_LIVE_FULL, 1);
}

static __always_inline void record_drop(__u32 track, __u32 fd)
{
	struct fdw_live_key key = {.track = track, .fd = fd};

	bpf_map_delete_elem(&records, &key);
}

/* Another thread than opened it closes it: its site is told of that. */
static __always_inline void record_handed_on(__u32 track, struct fdw_live *record)
{
	struct fdw_site_key key = {.site = record->site, .track = track};
	struct fdw_site_total *total = bpf_map_lookup_elem(&sites, &key);

	if (total)
		__sync_fetch_and_add(&total->closed_elsewhere, 1);
}

static __always_inline void record_close(__u32 track, __u32 fd, __u32 thread,
					 struct fdw_live *record)
{
	if (record->flags >> FDW_LIVE_THREAD != thread && !(record->flags & FDW_LIVE_INHERITED))
		record_handed_on(track, record);
	if (fd >= RECORDS_KEPT)
		record_drop(track, fd);
	else
		record->opened_ns = 0;
}

/*
 * The site that was found for one that could not be told at once. Written by the daemon.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 13);
	__type(key, __u64);
	__type(value, __u64);
} settled SEC(".maps") __weak;

static __always_inline __u64 site_settled(__u64 site)
{
	__u64 *found;

	if (!(site & FDW_SITE_PENDING))
		return site;
	found = bpf_map_lookup_elem(&settled, &site);
	return found ? *found : site; /* the daemon knows it by that */
}

/* Adds to a descriptor what its record knows; false where that is another file's. */
static __always_inline bool record_show(struct fdw_descriptor *d, struct fdw_live *record,
					__u64 file)
{
	if (record->file != (__u32)file)
		return 0;
	d->opened_ns = record->opened_ns;
	d->site = site_settled(record->site);
	d->live_flags = record->flags;
	return 1;
}

/* What a record knows the file of a number by. */
static __always_inline __u32 file_mark(struct files_struct *files, __u32 fd)
{
	struct fdtable *fdt = READ(files, fdt);
	__u64 first = 0, file = 0;

	if (fd >= READ(fdt, max_fds))
		return 0;
	bpf_core_read(&first, sizeof(first), &fdt->fd);
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(first + fd * sizeof(file)));
	return file;
}

static __always_inline void tracked_describe(struct fdw_tracked *t, struct process *p,
					     struct task_struct *leader)
{
	t->start_time_ns = READ(leader, start_boottime);
	t->since_ns = p->since_ns;
	t->first_site = p->first_site;
	t->pid = READ(leader, tgid);
	t->parent_pid = READ(leader, real_parent, tgid);
	t->track = p->track;
	t->space = p->space;
	t->flags = p->track_flags;
	t->peak = p->peak;
	bpf_probe_read_kernel(t->comm, sizeof(t->comm), leader->comm);
}

/* A process has forked, executed or ended. */
static __always_inline void track_tell(struct process *p, struct task_struct *leader, __u32 type)
{
	struct fdw_trace_life life = {.type = type};

	tracked_describe(&life.tracked, p, leader);
	track_send(&life, sizeof(life));
}

/* Gives a process a number of its own; `space` is 0 where the address space is new. */
static __always_inline void track_begin(struct process *p, __u32 space, __u32 flags)
{
	struct fdw_numbers *n = track_numbers();

	if (!n)
		return;
	p->since_ns = bpf_ktime_get_boot_ns();
	p->first_site = 0;
	p->slices = p->slices_sent = p->sites = 0;
	p->slice_ns = 0;
	p->space = space ? space : NEXT(&n->space);
	p->track_flags = flags;
	p->track = NEXT(&n->track);
}

/* Code stands at other addresses now. */
static __always_inline void track_executed(struct process *p, struct task_struct *leader)
{
	struct fdw_numbers *n = track_numbers();

	if (n)
		p->space = NEXT(&n->space);
	track_tell(p, leader, FDW_TRACE_EXECUTED);
}

#endif
