/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of sites.h share. */
#ifndef FDWATCH_TRACKING_STATE_H
#define FDWATCH_TRACKING_STATE_H

#include "tracking/followed.h"
#include "tracking/runs.h"
#include "tracking/sites.h"

struct sites {
	struct sites_source source;
	sd_event_source *io;
	struct follow follow;
	struct runs runs;
	unsigned polls; /* until what an earlier daemon knew is taken over, then RECALLED */
};

/* Begins to track a process in the kernel and here; *followed is it. 0 or -errno. */
int sites_begin(struct sites *sites, int32_t pid, uint64_t start_time, uint32_t flags,
		struct followed **followed);

/* Ends it; a process of a run stays known here until its end. 0 or -errno. */
int sites_end(struct sites *sites, int32_t pid, uint64_t start_time);

/* Gives back sites that leave nothing open, where there are many. */
void sites_trim(struct sites *sites, uint64_t now);

/* Takes what the kernel has told since. 0 or -errno. */
int sites_drain(struct sites *sites);

#endif
