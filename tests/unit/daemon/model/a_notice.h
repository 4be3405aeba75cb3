/* SPDX-License-Identifier: BSD-2-Clause */
/* A notice as most are: a test changes what it is about. */
#ifndef TESTS_UNIT_MODEL_A_NOTICE_H
#define TESTS_UNIT_MODEL_A_NOTICE_H

#include <math.h>
#include <string.h>

#include "model/notice.h"

#include "check.h"

/* It is over, this way. */
static inline void end_notice(struct notice *notice, enum incident_end end,
			      enum process_state worst)
{
	notice->step = NOTICE_ENDED;
	notice->end = end;
	notice->state = end == INCIDENT_RECOVERED ? STATE_OK : worst;
	notice->worst = worst;
}

static inline struct notice usual_notice(uint64_t event_id, uint64_t incident)
{
	return (struct notice){
		.event_id = event_id,
		.incident = incident,
		.real_time = 1714979289000010,
		.began = 1714979100000000,
		.opened = 1714979200000000,
		.start_time = 77,
		.fds = 812,
		.soft_limit = 1024,
		.growth = 0.125,
		.eta = 7800,
		.eta_low = 5400,
		.eta_high = INFINITY,
		.step = NOTICE_RAISED,
		.state = STATE_WARNING,
		.previous = STATE_GROWING,
		.worst = STATE_WARNING,
		.cause = CAUSE_COUNT,
		.pid = 812,
		.uid = 33,
		.resource = "RLIMIT_NOFILE",
		.user = "www-data",
		.comm = "nginx",
		.unit = "nginx.service",
	};
}

#endif
