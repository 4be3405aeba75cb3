/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of an incident. */
#ifndef FDWATCH_INCIDENTS_NOTICES_H
#define FDWATCH_INCIDENTS_NOTICES_H

#include "model/incident.h"
#include "model/notice.h"

/*
 * Fills all but event_id and cause. `process` is NULL where there is none (any more); `user` is the
 * name of its user, or NULL.
 */
void notice_fill(struct notice *notice, const struct incident *incident, enum notice_step step,
		 const struct process *process, const char *user);

#endif
