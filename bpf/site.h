/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sites: where the current thread is, as one number; counted always, and told once. */
#ifndef FDWATCH_SITE_H
#define FDWATCH_SITE_H

#include "code.h"
#include "python.h"
#include "slice.h"
#include "unwind.h"

#define CHAIN_TRIES 4 /* threads that find sites at one time */

/* Puts a new site in front of its process's chain. */
static __always_inline void site_chain(struct process *p, struct fdw_site_key *key, __u64 now)
{
	struct fdw_site_total total = {.last_ns = now, .next = p->first_site}, *added;

	if (p->sites >= PROCESS_SITES_MAX || bpf_map_update_elem(&sites, key, &total, BPF_NOEXIST))
		return;
	added = bpf_map_lookup_elem(&sites, key);
	for (int i = 0; i < CHAIN_TRIES && added; i++) {
		__u64 next = p->first_site;

		added->next = next;
		if (SWAPPED(&p->first_site, next, key->site)) {
			__sync_fetch_and_add(&p->sites, 1);
			return;
		}
	}
	bpf_map_delete_elem(&sites, key);
}

/*
 * What nobody has filled in yet is zero, as it is to be told. A global function, so that the
 * verifier does not go on from each way through it.
 */
__weak __attribute__((noinline)) int site_pad(void)
{
	struct capture *c = capture_get();
	struct fdw_site *site;

	if (!c)
		return 0;
	site = &c->slice.seen;
	for (__u32 i = 0; i < FDW_NATIVE_MAX; i++)
		if (i >= site->native_count)
			site->native[i] = 0;
	for (__u32 i = 0; i < FDW_PYTHON_MAX; i++)
		if (i >= site->python_count)
			site->python[i] = (struct fdw_python_frame){};
	return 0;
}

struct site_codes {
	__u32 count;
	__u32 told;
};

static long site_code(__u32 i, struct site_codes *codes)
{
	if (i >= codes->count)
		return 1;
	if (!code_tell(i))
		codes->told = 0;
	return 0;
}

/* Tells the code of the site's frames; false where the ring buffer did not take all. */
static __always_inline bool site_codes(struct fdw_site *site)
{
	struct site_codes codes = {.count = site->python_count, .told = 1};

	LOOP(FDW_PYTHON_MAX, site_code, &codes);
	return codes.told;
}

/* Fills in whose stack it is, and walks it. The site's number is left where it has one. */
static __always_inline bool site_walk(struct capture *c, struct process *p,
				      struct task_struct *task, __u32 fd)
{
	struct fdw_site *site = &c->slice.seen;
	bool missing;
	__u64 sum;

	site->type = FDW_TRACE_SITE;
	site->start_time_ns = READ(task, group_leader, start_boottime);
	site->pid = READ(task, tgid);
	site->fd = fd;
	site->track = p->track;
	site->space = p->space;
	site->python_count = 0;
	site->flags = 0;
	unwind_begin(c);
	site->site = 0;
	python_walk(p->space);
	sum = site->site;
	missing = unwind(c, p->space, site->python_count > 0);
	site->site = fdw_mix(site->site, sum) & ~FDW_SITE_PENDING;
	if (!site->site)
		site->site = 1;
	return missing;
}

/* Has the native frames of a stack that was not walked for being known. */
static __always_inline void site_again(struct capture *c, struct process *p)
{
	__u64 number = c->slice.seen.site;

	unwind_frames(p->space, c->slice.seen.python_count > 0);
	c->slice.seen.site = number;
}

/* A descriptor was opened at the site; 0 where there is no room for it. */
static __always_inline __u64 site_count(struct capture *c, struct process *p)
{
	struct fdw_site_key key = {.site = c->slice.seen.site, .track = p->track};
	__u32 now = track_era();
	struct fdw_site_total *total;

	total = bpf_map_lookup_elem(&sites, &key);
	if (!total) {
		site_chain(p, &key, c->slice.seen.time_ns); /* unless another thread just has */
		total = bpf_map_lookup_elem(&sites, &key);
	}
	if (!total) {
		tally(FDW_TALLY_SITES_FULL, 1);
		return 0;
	}
	__sync_fetch_and_add(&total->opened, 1);
	total->last_ns = c->slice.seen.time_ns;
	if (total->era == now || key.site & FDW_SITE_PENDING)
		return key.site;
	if (c->remembered)
		site_again(c, p);
	site_pad();
	if (site_codes(&c->slice.seen) && track_send(&c->slice.seen, sizeof(c->slice.seen)))
		total->era = now;
	return key.site;
}

/* The site that the current thread is at, counted. */
static __always_inline __u64 site_here(struct capture *c, struct process *p,
				       struct task_struct *task, __u32 fd, __u64 now)
{
	c->slice.seen.time_ns = now;
	if (site_walk(c, p, task, fd)) {
		site_pad();
		if (site_codes(&c->slice.seen))
			slice_send(c, p);
	}
	return site_count(c, p);
}

/*
 * A call of the current thread's made the descriptor; `mark` is its file's (file_mark()), or 0
 * where that stands in the table already. What io_uring's workers open has no site: where they
 * were told to is past.
 */
__weak __attribute__((noinline)) int track_opened(__u32 fd, __u32 mark)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	struct fdw_live record = {.opened_ns = bpf_ktime_get_boot_ns()};
	struct capture *c;

	if (!p || !p->track)
		return 0;
	record.file = mark ? mark : file_mark(READ(task, files), fd);
	record.flags = (__u32)READ(task, pid) << FDW_LIVE_THREAD;
	c = READ(task, flags) & PF_IO_WORKER ? NULL : capture_take();
	if (c) {
		record.site = site_here(c, p, task, fd, record.opened_ns);
		if (c->slice.seen.python_count)
			record.flags |= FDW_LIVE_PYTHON;
		capture_leave(c);
	}
	record_put(p->track, fd, &record);
	return 0;
}

/* … two of them, whose numbers are in the process's memory. */
static __always_inline void track_opened_pair(__u64 address)
{
	__s32 pair[2];

	if (bpf_probe_read_user(pair, sizeof(pair), (void *)address))
		return;
	track_opened(pair[0], 0);
	track_opened(pair[1], 0);
}

static __always_inline void track_opened_at(__u64 address)
{
	__s32 fd;

	if (!bpf_probe_read_user(&fd, sizeof(fd), (void *)address))
		track_opened(fd, 0);
}

/* dup2 gives a file another number: time and site move with it. */
__weak __attribute__((noinline)) int track_moved(__u32 from, __u32 to, __u32 mark)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	struct fdw_live *old, record;
	struct fdw_site_key key = {};
	struct fdw_site_total *total;

	if (!p || !p->track)
		return 0;
	old = record_get(p->track, from);
	if (!old)
		return track_opened(to, mark);
	record = *old;
	key.site = record.site;
	key.track = p->track;
	total = bpf_map_lookup_elem(&sites, &key);
	if (total)
		__sync_fetch_and_add(&total->opened, 1);
	record_put(p->track, to, &record);
	return 0;
}

/*
 * A number was closed; by now another thread may have got it anew, and then its call's record is
 * the one that stands, even where it is made between the look at the table and the end of this.
 */
__weak __attribute__((noinline)) int track_closed(__u32 fd)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	struct fdw_live *record;
	__u64 opened_ns;

	if (!p || !p->track)
		return 0;
	record = record_get(p->track, fd);
	if (!record)
		return 0;
	opened_ns = record->opened_ns;
	if (READ(task, signal, nr_threads) > 1) {
		struct table t = table_of(READ(task, files));

		if (table_test(t.open, t.size, fd))
			return 0;
	}
	if (record->opened_ns == opened_ns)
		record_close(p->track, fd, READ(task, pid), record);
	return 0;
}

#endif
