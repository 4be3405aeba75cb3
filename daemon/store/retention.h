/* SPDX-License-Identifier: BSD-2-Clause */
/* What the file forgets, so that it stays as small as it may be. */
#ifndef FDWATCH_STORE_RETENTION_H
#define FDWATCH_STORE_RETENTION_H

#include "store/database.h"

#define RETENTION_NOTICES 20000 /* kept for channels that can't be reached: the oldest go */

struct retention {
	uint64_t before; /* what ended before that (microseconds since the epoch) goes */
	uint64_t bytes;  /* then the oldest that has ended, until the file's pages take no more */
};

/*
 * Age is counted by a calendar that follows the wall clock, RETENTION_PACE times as fast as the
 * daemon's own time at most, and never goes back. So a clock that stands ahead for an hour costs
 * the oldest day of what is kept, by however much it is wrong; and a host that was off for a season
 * is caught up with in days. All in microseconds; `elapsed` are those since the last turn.
 */
#define RETENTION_PACE 24
uint64_t retention_calendar(uint64_t calendar, uint64_t now, uint64_t elapsed);

/*
 * Forgets some of what is too old or too much, and gives pages back to the file system. 1 where
 * there is more to do: call it again; 0, or -errno.
 */
int retention_sweep(struct database *database, const struct retention *retention);

#endif
