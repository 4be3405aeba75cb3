// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode.h"

#include <errno.h>
#include <string.h>

#include "fdwatch/record.h"

/* Both ends count refusals in one order. */
_Static_assert((int)CAUSE_NOFILE == FDW_REFUSAL_NOFILE && (int)CAUSE_PIPE == FDW_REFUSAL_PIPE &&
		       (int)CAUSE_OTHER == FDW_REFUSAL_OTHER &&
		       (int)CAUSE_COUNT == FDW_REFUSAL_COUNT,
	       "enum refusal_cause is not enum fdw_refusal");
_Static_assert(PROCESS_COMM_LEN == FDW_COMM_LEN, "comm has two sizes");

static uint64_t microseconds(uint64_t nanoseconds)
{
	return nanoseconds / 1000;
}

static void copy_comm(char *to, const char *from)
{
	memcpy(to, from, PROCESS_COMM_LEN);
	to[PROCESS_COMM_LEN - 1] = '\0';
}

int decode_process(const void *bytes, size_t size, struct process_sample *sample)
{
	struct fdw_process_record r;

	if (size != sizeof(r))
		return -EINVAL;
	memcpy(&r, bytes, sizeof(r));
	*sample = (struct process_sample){
		.start_time = microseconds(r.start_time_ns),
		.soft_limit = r.soft_limit, /* ~0 is LIMIT_INFINITY */
		.hard_limit = r.hard_limit,
		.opened = r.opened,
		.closed = r.closed,
		.unattributed = r.unattributed,
		.drift = r.drift,
		.last_refusal = microseconds(r.last_refusal_ns),
		.cgroup_id = r.cgroup_id,
		.execs = r.execs,
		.pid = (int32_t)r.pid,
		.parent_pid = (int32_t)r.parent_pid,
		.uid = r.uid,
		.euid = r.euid,
		.suid = r.suid,
		.fds = r.fds,
		.peak = r.peak,
		.reserved_known = r.reserved != FDW_UNKNOWN32,
		.threads = r.threads,
		.inotify = {r.inotify, r.inotify_max, r.inotify_uid, r.inotify_ns},
		.space = r.space,
		.sites = r.sites,
		.dumpable = r.flags & FDW_PROCESS_DUMPABLE,
		.compat = r.flags & FDW_PROCESS_COMPAT,
		.shared = r.flags & FDW_PROCESS_SHARED,
	};
	if (sample->reserved_known)
		sample->reserved = r.reserved;
	for (size_t i = 0; i < CAUSE_COUNT; i++)
		sample->refusals[i] = r.refusals[i];
	copy_comm(sample->comm, r.comm);
	return 0;
}

static int decode_refusal(const struct fdw_event *e, struct event *event)
{
	if (e->cause >= FDW_REFUSAL_COUNT)
		return -EINVAL;
	event->cause = (enum refusal_cause)e->cause;
	event->type = e->cause == FDW_REFUSAL_FILE_MAX || e->cause == FDW_REFUSAL_PIPE
			      ? EVENT_ENFILE
			      : EVENT_EMFILE;
	return 0;
}

int decode_event(const void *bytes, size_t size, int64_t boot_to_real, struct event *event)
{
	struct fdw_event e;

	if (size != sizeof(e))
		return -EINVAL;
	memcpy(&e, bytes, sizeof(e));
	*event = (struct event){
		.real_time = microseconds(e.time_ns) + (uint64_t)boot_to_real,
		.start_time = microseconds(e.start_time_ns),
		.fds = e.fds,
		.soft_limit = e.soft_limit,
		.pid = (int32_t)e.pid,
		.uid = e.uid,
		.euid = e.euid,
		.suid = e.suid,
		.dumpable = e.flags & FDW_PROCESS_DUMPABLE,
	};
	copy_comm(event->comm, e.comm);
	switch (e.type) {
	case FDW_EVENT_REFUSAL:
		return decode_refusal(&e, event);
	case FDW_EVENT_THRESHOLD:
		event->type = EVENT_THRESHOLD;
		event->percent = e.percent;
		return 0;
	default:
		return -EINVAL;
	}
}
