/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process held, and how it came there, as it stood at one moment: taken on the event loop,
 * made text in the store's thread.
 */
#ifndef FDWATCH_INCIDENTS_BLACKBOX_H
#define FDWATCH_INCIDENTS_BLACKBOX_H

#include "model/descriptor.h"
#include "model/incident.h"
#include "model/site_rank.h"
#include "store/store.h"

/*
 * Fills *box, for store_put_box(). Takes the list over in any case; `user` is the name of the
 * process's user, `ranking` where what it holds was opened; either may be NULL. 0 or -ENOMEM.
 */
int blackbox_fill(struct store_box *box, const struct incident *incident, enum incident_box why,
		  const struct process *process, const char *user, const struct ranking *ranking,
		  struct descriptor_list *list);

#endif
