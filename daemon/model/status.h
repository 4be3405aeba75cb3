/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's account of itself and of the host. */
#ifndef FDWATCH_MODEL_STATUS_H
#define FDWATCH_MODEL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_LOSS_MAX 8
#define STATUS_SKIPPED_MAX 64
#define STATUS_CHANNEL_MAX 4

/* What counts in the kernel: which is chosen, or auto for the best that it allows. */
enum backend {
	BACKEND_AUTO,
	BACKEND_FENTRY,
	BACKEND_TRACEPOINT,
};

/* How one of the ways in which people are told does. */
struct status_channel {
	const char *name;        /* static: "journal", "hook", "alertmanager" */
	unsigned waiting;        /* notices in memory that are not done */
	uint64_t told_total;     /* notices */
	uint64_t failed_total;   /* attempts */
	uint64_t given_up_total; /* notices */
};

struct status {
	uint64_t started;      /* microseconds since boot */
	uint64_t started_real; /* the same since the epoch, as the clock then stood */
	uint64_t polled;       /* the last good poll began, microseconds since boot */
	double interval_seconds;
	double poll_seconds; /* CPU time of the last poll */
	uint64_t polls;
	uint64_t drift;
	uint64_t tracked;      /* processes */
	uint64_t track_orders; /* tracking that was begun or ended for somebody */
	uint64_t allocated;    /* fs.file-nr, first number */
	uint64_t maximum;      /* fs.file-max */
	uint64_t nr_open;      /* fs.nr_open; 0: not known */
	const char *backend;   /* "fentry" or "tracepoint" */
	bool persistent;       /* state is pinned */
	char kernel[65];       /* uname -r */
	size_t loss_count;
	struct {
		const char *reason; /* static: "ring_full", … */
		uint64_t count;
	} losses[STATUS_LOSS_MAX];
	size_t channel_count; /* those that are open */
	struct status_channel channels[STATUS_CHANNEL_MAX];
	size_t skipped_count;
	const char *skipped[STATUS_SKIPPED_MAX]; /* hooks that this kernel lacks; static */
};

#endif
