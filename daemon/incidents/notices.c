// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/notices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/forecast.h"
#include "model/policy.h"

static void fill_outlook(struct notice *n, const struct process *p)
{
	struct forecast_eta eta = {NAN, NAN, NAN};

	n->growth = NAN;
	if (p && p->forecast && n->step != NOTICE_ENDED) {
		eta = forecast_eta(p->forecast);
		n->growth = forecast_growth(p->forecast);
	}
	n->eta = eta.eta;
	n->eta_low = eta.low;
	n->eta_high = eta.high;
}

static const char *resource_of(const struct incident *i)
{
	if (i->type == INCIDENT_PROCESS)
		return "RLIMIT_NOFILE";
	return shared_resource_of_name(i->subject);
}

/* Of those during the incident; where there were several, the first that is listed. */
static enum refusal_cause cause_of(const struct incident *i)
{
	enum refusal_cause cause = 0;

	while (cause < CAUSE_COUNT && !i->refusals[cause])
		cause++;
	return cause;
}

void notice_fill(struct notice *n, const struct incident *i, enum notice_step step,
		 const struct process *p, const char *user)
{
	memset(n, 0, sizeof(*n)); /* it is written as it is in memory */
	n->incident = i->id;
	n->real_time = step == NOTICE_ENDED ? i->ended : i->changed;
	n->began = i->began;
	n->opened = i->opened;
	n->ended = i->ended;
	n->start_time = i->start_time;
	n->fds = i->fds;
	n->soft_limit = i->soft_limit;
	n->cause = cause_of(i);
	n->step = step;
	n->scope = i->type == INCIDENT_SYSTEM ? NOTICE_SYSTEM : NOTICE_PROCESS;
	n->state = i->state;
	n->previous = i->previous;
	n->worst = i->worst;
	n->pid = i->pid;
	n->uid = i->uid;
	if (step == NOTICE_ENDED)
		n->end = i->end;
	if (n->end > INCIDENT_RECOVERED && n->scope == NOTICE_SYSTEM) { /* nobody uses it now */
		n->previous = i->state;
		n->state = STATE_OK;
	}
	snprintf(n->resource, sizeof(n->resource), "%s", resource_of(i));
	if (user)
		snprintf(n->user, sizeof(n->user), "%s", user);
	else if (i->uid != NOTICE_NOBODY)
		snprintf(n->user, sizeof(n->user), "%u", i->uid);
	memcpy(n->comm, i->comm, sizeof(n->comm));
	snprintf(n->unit, sizeof(n->unit), "%s", i->unit);
	snprintf(n->container, sizeof(n->container), "%s", i->container);
	if (p && p->policy)
		snprintf(n->mark, sizeof(n->mark), "%s", p->policy->mark);
	fill_outlook(n, p);
}
