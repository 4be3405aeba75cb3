/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notices on their way: handed to the channels, held in memory until all of them have told, and in
 * the store as long, for the daemon that may follow.
 */
#ifndef FDWATCH_INCIDENTS_TELLING_H
#define FDWATCH_INCIDENTS_TELLING_H

#include <systemd/sd-event.h>

#include "notify/notify.h"
#include "store/store.h"

/*
 * Notices that wait: then the oldest is given up. Of 2,000 processes that all go from warning to
 * their end before any of it could be told there are 8,000.
 */
#define TELLING_MAX 16384

struct telling;

/* `log` is as notify_calls has it. 0, or -errno with the reason; `store` may be NULL. */
int telling_new(struct telling **telling, sd_event *loop, const struct notify_config *config,
		struct store *store, void (*log)(int level, const char *line, void *data),
		struct failure *failure);
void telling_free(struct telling *telling);

/* As notify_configure(). */
int telling_configure(struct telling *telling, const struct notify_config *config,
		      struct failure *failure);

/*
 * Tells all channels that are open, once the store has the notice and its incident, so that no
 * other daemon tells it by another id; a disk that hangs is not waited for. What store_put_step()
 * says of it.
 */
int telling_tell(struct telling *telling, const struct notice *notice,
		 const struct incident *incident);

/* As notify_status(). */
void telling_status(const struct telling *telling, struct status *status);

/* The store has all up to this one. */
void telling_kept(struct telling *telling, uint64_t event_id);

/* Goes on with what an earlier daemon left. */
void telling_resume(struct telling *telling, const struct store_found *found);

/* The store has begun anew: what waits is put into it again. */
void telling_renew(struct telling *telling);

#endif
