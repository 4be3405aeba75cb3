/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alertmanager, or each of a cluster's: told of every alarm again and again until it is over, and
 * then of its end. A notice is done once one of them has taken it.
 */
#ifndef FDWATCH_NOTIFY_ALERTMANAGER_H
#define FDWATCH_NOTIFY_ALERTMANAGER_H

#include "notify/channel.h"

struct alertmanager;

/* 0 or -errno with the reason. The channel is the caller's and outlives it. */
int alertmanager_new(struct alertmanager **alertmanager, struct channel *channel,
		     const struct notify_config *config, struct failure *failure);
void alertmanager_free(struct alertmanager *alertmanager);

/* Tells others from now on, all alarms anew. 0, or -errno with the reason and nothing changed. */
int alertmanager_configure(struct alertmanager *alertmanager, const struct notify_config *config,
			   struct failure *failure);

/*
 * Takes a notice into channel and alarms. 0 or -ENOBUFS, after which the channel calls for it
 * again.
 */
int alertmanager_take(struct alertmanager *alertmanager, const struct notice *notice);

#endif
