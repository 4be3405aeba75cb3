/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notices that some channel still waits for, and the last one of each alarm that is not over. The
 * channels are a mask, whose bits are the caller's but for the highest.
 */
#ifndef FDWATCH_STORE_OUTBOX_H
#define FDWATCH_STORE_OUTBOX_H

#include "model/notice.h"
#include "store/database.h"

#define OUTBOX_LAST (1U << 31) /* it is the last of an alarm that is not over */

/* Those of alarms that ended without a notice of it: nobody is to be told that they stand. */
#define OUTBOX_STALE \
	"incident IN (SELECT incident FROM notice WHERE waiting >> 31) " \
	"AND incident NOT IN (SELECT id FROM incident WHERE ended = 0)"

/* Its body is a struct notice as it is in memory: one of another size is not read. */
#define OUTBOX_SCHEMA \
	"CREATE TABLE notice (event INTEGER PRIMARY KEY, incident, waiting, body);" \
	"CREATE INDEX notice_incident ON notice (incident);"

/* Adds a notice for these channels; earlier ones of its alarm are not the last any more. */
int outbox_put(struct database *database, const struct notice *notice, uint32_t channels);

/* These channels need it no more; without any it is forgotten. */
int outbox_done(struct database *database, uint64_t event_id, uint32_t channels);

/*
 * Hands over what is kept, by rising event_id; what is not as we write it is left out. `take`
 * returns 0 or a -errno that ends it. 0 or -errno.
 */
int outbox_read(struct database *database,
		int (*take)(const struct notice *notice, uint32_t channels, void *data),
		void *data);

/* Whether it is safe to use: enumerations within their bounds, strings that end. */
bool outbox_is_valid(const struct notice *notice);

#endif
