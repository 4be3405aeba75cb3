/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stacks that could not be unwound here: registers and memory travel, so many a second. */
#ifndef FDWATCH_SLICE_H
#define FDWATCH_SLICE_H

#include "capture.h"

#define SLICES_BURST 64            /* of one process at once */
#define SLICE_EVERY_NS 20000000ULL /* 50 a second from then on */
#define SLICES_MAX 4096            /* of one process in all: each takes a place among its sites */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} slices SEC(".maps") __weak;

static __always_inline bool slice_granted(struct process *p, __u64 now)
{
	__u64 earned = (now - p->slice_ns) / SLICE_EVERY_NS;

	if (p->slices_sent >= SLICES_MAX)
		return 0;
	if (earned) {
		p->slices = earned + p->slices < SLICES_BURST ? earned + p->slices : SLICES_BURST;
		p->slice_ns = now;
	}
	if (!p->slices)
		return 0;
	p->slices--;
	return 1;
}

/* Bytes of the current thread's stack from `sp` on, page by page: the next may be missing. */
static __always_inline __u64 slice_read(struct capture *c, __u64 sp)
{
	__u64 start = READ(current_task(), mm, start_stack);
	__u64 size = PAGE - (sp & (PAGE - 1));

	if (bpf_probe_read_user(c->stack, size, (void *)sp))
		return 0;
	for (int i = 0; i < FDW_SLICE_MAX / PAGE - 1; i++) {
		if (size > FDW_SLICE_MAX - PAGE ||
		    bpf_probe_read_user(c->stack + size, PAGE, (void *)(sp + size)))
			break;
		size += PAGE;
	}
	/* What lies behind the first frame is arguments and environment: nobody's business. */
	return start > sp && start - sp < size ? start - sp : size;
}

/* Sends the slice under a number of its own; false where it could not be. */
static __always_inline bool slice_send(struct capture *c, struct process *p)
{
	struct fdw_numbers *n = track_numbers();
	struct fdw_slice *s = &c->slice;
	__u64 partial, size;

	if (!n || !slice_granted(p, s->seen.time_ns)) {
		tally(FDW_TALLY_SLICES, 1);
		return 0;
	}
	size = slice_read(c, s->registers[1]);
	if (size > FDW_SLICE_MAX)
		return 0;
	partial = s->seen.site;
	s->seen.type = FDW_TRACE_SLICE;
	s->seen.site = FDW_SITE_PENDING | NEXT(&n->pending);
	s->size = size;
	s->reserved = 0;
	if (bpf_ringbuf_output(&slices, s, sizeof(*s) + size, BPF_RB_FORCE_WAKEUP)) {
		s->seen.type = FDW_TRACE_SITE;
		s->seen.site = partial;
		tally(FDW_TALLY_SLICES, 1);
		return 0;
	}
	p->slices_sent++;
	return 1;
}

#endif
