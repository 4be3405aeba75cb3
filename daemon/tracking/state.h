/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of sites.h share. */
#ifndef FDWATCH_TRACKING_STATE_H
#define FDWATCH_TRACKING_STATE_H

#include "ingest/track.h"
#include "tracking/followed.h"
#include "tracking/runs.h"
#include "tracking/sites.h"

struct sites {
	struct sites_source source;
	sd_event_source *io;
	struct follow follow;
	struct runs runs;
	struct track_wish beyond[TRACK_AT_ONCE]; /* met, and to be given up for a quota */
	size_t beyond_count;
	unsigned polls; /* until what an earlier daemon knew is taken over, then RECALLED */
};

/* Begins to track a process in the kernel and here; *followed is it. 0 or -errno. */
int sites_begin(struct sites *sites, int32_t pid, uint64_t start_time, uint32_t flags,
		struct followed **followed);

/* Ends it; a process of a run stays known here until its end. 0 or -errno. */
int sites_end(struct sites *sites, int32_t pid, uint64_t start_time);

/* Whether an ordinary user may have one more tracked. */
bool sites_has_room(const struct sites *sites, uint32_t uid);

/* A tracked process has forked: its child is on the same account, or beyond a quota. */
void sites_forked(struct sites *sites, const struct tracked *tracked);

/* Gives up what is beyond the quota of processes. */
void sites_settle_beyond(struct sites *sites);

/*
 * Gives up the process that was begun last, until what is left holds no more than a user may have
 * recorded.
 */
void sites_hold_quotas(struct sites *sites);

/* A process of a run left a descriptor open. */
void sites_left(struct sites *sites, const struct tracked *tracked, const struct descriptor *left);

/* Takes what a process of a run has open to its account, which is closed by that. */
void sites_account_standing(struct sites *sites, struct followed *followed);

/* A process has ended, and with the first of a run that run; `lost` was left open and not told. */
void sites_exited(struct sites *sites, struct followed *followed, uint32_t peak, uint32_t lost);

/*
 * The poll did not see it. Those of runs may be younger than the poll, and their end is told; where
 * that was lost it is found out.
 */
void sites_miss(struct sites *sites, struct followed *followed, uint64_t now);

/* Gives back sites that leave nothing open, where there are many. */
void sites_trim(struct sites *sites, uint64_t now);

/* Takes what the kernel has told since. 0 or -errno. */
int sites_drain(struct sites *sites);

#endif
