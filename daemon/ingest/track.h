/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Following where tracked processes open their descriptors. The kernel keeps a record of each
 * (kernel_list() shows it), walks stacks by rules it has learnt here, and tells each site once.
 * Tracking outlives the daemon as counters do; a new daemon is told the sites anew as they are
 * used.
 */
#ifndef FDWATCH_INGEST_TRACK_H
#define FDWATCH_INGEST_TRACK_H

#include "ingest/kernel.h"
#include "model/python_layout.h"
#include "model/sighting.h"

/*
 * Begins to track a process, or changes its flags (TRACK_*). What it holds by then has no site.
 * `tracked` may be NULL. 0; -ESRCH where it is gone; another -errno.
 */
int kernel_track(struct kernel *kernel, int32_t pid, uint64_t start_time, uint32_t flags,
		 struct tracked *tracked);

/* How a process is tracked already. 0; -ENOENT where it is not; -ESRCH; another -errno. */
int kernel_ask(struct kernel *kernel, int32_t pid, uint64_t start_time, struct tracked *tracked);

#define TRACK_AT_ONCE 256

/* A process to be tracked. */
struct track_wish {
	int32_t pid;
	uint64_t start_time;
};

/*
 * Tracks up to TRACK_AT_ONCE processes in one walk over those of the host, and calls `take` for
 * each that is tracked then. 0 or -errno.
 */
int kernel_track_all(struct kernel *k, const struct track_wish *wishes, size_t count,
		     void (*take)(const struct tracked *tracked, void *data), void *data);

/* Ends it for up to TRACK_AT_ONCE processes in one walk. 0 or -errno. */
int kernel_untrack_all(struct kernel *k, const struct track_wish *wishes, size_t count);

/* Ends it and forgets its records. 0, also where it was not tracked; -ESRCH; another -errno. */
int kernel_untrack(struct kernel *kernel, int32_t pid, uint64_t start_time);

/*
 * Gives back the process's sites that nothing open was opened at and that were not used for five
 * seconds: they are told anew when they are used again. 0, -ESRCH or another -errno.
 */
int kernel_trim(struct kernel *kernel, int32_t pid, uint64_t start_time);

/* From now on Python's frames are walked in this space; NULL: no more. 0 or -errno. */
int kernel_python(struct kernel *kernel, uint32_t space, const struct python_layout *layout);

/* Learns how to unwind at one address (of which CFA_UNKNOWN: stacks have to travel). 0 or -errno.
 */
int kernel_rule(struct kernel *kernel, uint32_t space, uint64_t pc, const struct unwind_rule *rule);

struct unwind_step {
	uint64_t pc;
	struct unwind_rule rule;
};

/*
 * What came of unwinding a slice's stack: learns the rules, makes the site that the kernel will
 * make of such a stack from now on, and gives it to the slice's descriptor. `sighting` is that
 * site. 0 or -errno; -EINVAL where steps[0] is not where the slice begins.
 */
int kernel_learn(struct kernel *kernel, const struct site_sighting *seen,
		 const struct unwind_step *steps, size_t count, struct site_sighting *sighting);

/* Each may be NULL. What is handed over is good until the call returns. */
struct trace_handlers {
	void (*tracked)(const struct tracked *process, void *data); /* forked by a tracked one */
	void (*executed)(const struct tracked *process, void *data);
	/* After the last left(): the process has ended. */
	void (*exited)(const struct tracked *process, void *data);
	/* Left open at the exit: of the process pid and start only, a file's name is the last part.
	 */
	void (*left)(const struct tracked *process, const struct descriptor *left, void *data);
	void (*site)(const struct site_sighting *site, void *data);
	void (*code)(const struct code_sighting *code,
		     void *data); /* before the sites that use it */
	void (*slice)(const struct stack_slice *slice, void *data);
	void *data;
};

/* Readable when any of these wait. */
int kernel_traces_fd(const struct kernel *kernel);

/* Hands over what waits, bounded: what is left keeps the descriptor readable. 0 or -errno. */
int kernel_drain_traces(struct kernel *kernel, const struct trace_handlers *handlers);

/*
 * What a process opened by site, as a listing of it (struct descriptor_list) says where that
 * stands; `take` returns 0 or a -errno that ends it. 0 or -errno.
 */
int kernel_site_totals(struct kernel *kernel, uint32_t track, uint64_t first_site,
		       int (*take)(const struct site_total *total, void *data), void *data);

#endif
