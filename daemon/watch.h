/* SPDX-License-Identifier: BSD-2-Clause */
/* The watching itself: one poll after the other, and the kernel's events in between. */
#ifndef FDWATCH_WATCH_H
#define FDWATCH_WATCH_H

#include "ingest/kernel.h"
#include "ingest/unseen.h"
#include "model/clocks.h"
#include "model/group.h"
#include "model/history.h"
#include "model/policy.h"
#include "model/system.h"
#include "model/table.h"
#include "users.h"

/* Who wants to know what is seen; NULL: nobody. */
struct watch_hooks {
	/* A process is new, and has had no look yet: its forecast may be set. */
	void (*new)(struct process *process, void *data);
	/* An event is about to be told; a state stands in the process already. */
	void (*event)(struct process *process, struct event *event, void *data);
	/* The wall clock was set by so many microseconds. */
	void (*clock)(int64_t stepped, void *data);
	/* The same as of a process about a limit that processes share. */
	void (*shared)(const struct shared_limit *limit, struct event *event, void *data);
	void *data;
};

/* What polls keep up; the parts belong to the caller. */
struct watch {
	struct watch_hooks hooks;
	struct users *users;
	struct kernel *kernel;
	struct table *table;
	struct groups *groups;
	struct event_log *events;
	struct policies *policies;
	struct shared_limits *shared;
	struct history *history; /* how processes of each program ended */
	struct status *status;
	struct unseen unseen;
	uint64_t now;          /* microseconds since boot, of the poll or drain under way */
	uint64_t tried;        /* the same: of the last poll, well or not */
	struct clocks clocks;  /* as they were then */
	uint64_t slept;        /* microseconds that the host has slept so far, */
	uint64_t slept_polled; /* and by the last poll */
	/* A limit that was to be raised could not be; said once until one can. May be NULL. */
	void (*raise_failed)(const struct process *process, int error, void *data);
	void *raise_data;
	bool raise_fails;
};

/* Reads every process once and brings table, events and status up to date. 0 or -errno. */
int watch_poll(struct watch *watch);

/* Takes other policies over for every process; those before may be freed then. */
void watch_set_policies(struct watch *watch, struct policies *policies);

/* Microseconds since the last poll began, well or not. */
uint64_t watch_age(const struct watch *watch);

/*
 * Lists a process's descriptors; the caller frees *list. 0, -ESRCH where it is gone, or another
 * -errno. Of a process without any, or hidden from BPF, the list is empty.
 */
int watch_list(struct watch *watch, int32_t pid, uint64_t start_time,
	       struct descriptor_list **list);

/* Takes over the kernel's events. 0 or -errno. */
int watch_drain(struct watch *watch);

#endif
