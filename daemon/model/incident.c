// SPDX-License-Identifier: BSD-2-Clause
#include "model/incident.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t incident_next_id(uint64_t last, uint64_t real_time)
{
	return real_time > last ? real_time : last + 1;
}

/* Whose it is; once it was another's too, its user is not shown it any more. */
static void take_owner(struct incident *i, const struct process_sample *s, bool first)
{
	bool same = i->uid == s->uid && i->euid == s->euid && i->suid == s->suid;

	i->dumpable = s->dumpable && (first || (i->dumpable && same));
	if (!first)
		return;
	i->uid = s->uid;
	i->euid = s->euid;
	i->suid = s->suid;
}

static void take_names(struct incident *i, const struct process *p)
{
	memcpy(i->comm, p->sample.comm, sizeof(i->comm));
	snprintf(i->unit, sizeof(i->unit), "%s", p->identity.unit);
	snprintf(i->container, sizeof(i->container), "%s", p->identity.container);
}

static void take_counts(struct incident *i, const struct process_sample *s)
{
	i->fds = s->fds;
	i->soft_limit = s->soft_limit;
	if (i->fds_highest < s->fds)
		i->fds_highest = s->fds;
}

void incident_count(struct incident *i, const struct process *p)
{
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		if (p->sample.refusals[cause] >= i->refusals_before[cause])
			i->refusals[cause] = p->sample.refusals[cause] - i->refusals_before[cause];
}

void incident_watch(struct incident *i, const struct process *p, uint64_t began)
{
	*i = (struct incident){
		.began = began,
		.pid = p->sample.pid,
		.start_time = p->sample.start_time,
		.eta = NAN,
		.state = p->state,
		.previous = STATE_OK,
	};
	memcpy(i->refusals_before, p->refusals_before, sizeof(i->refusals_before));
	take_owner(i, &p->sample, true);
}

static uint64_t latest(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

static enum incident_step open_up(struct incident *i, enum process_state state, uint64_t id,
				  uint64_t now)
{
	i->id = id;
	i->opened = i->changed = now;
	if (!i->began || i->began > now)
		i->began = now;
	i->previous = i->state < STATE_WARNING ? i->state : STATE_OK;
	i->state = i->worst = state;
	return INCIDENT_OPENED;
}

static enum incident_step move(struct incident *i, enum process_state state, uint64_t id,
			       uint64_t now)
{
	if (!i->id && state >= STATE_WARNING)
		return open_up(i, state, id, now);
	if (!i->id)
		i->state = state;
	if (state == i->state)
		return INCIDENT_SAME;
	i->previous = i->state;
	i->state = state;
	i->changed = latest(now, i->changed);
	if (state > i->worst)
		i->worst = state;
	if (state >= STATE_WARNING)
		return INCIDENT_CHANGED;
	incident_finish(i, INCIDENT_RECOVERED, now);
	return INCIDENT_ENDED;
}

enum incident_step incident_update(struct incident *i, const struct process *p, double eta,
				   uint64_t id, uint64_t now)
{
	if (i->ended)
		return INCIDENT_SAME;
	take_names(i, p);
	take_owner(i, &p->sample, false);
	i->eta = eta;
	take_counts(i, &p->sample);
	return move(i, p->state, id, now);
}

void incident_watch_shared(struct incident *i, const struct shared_limit *limit, const char *name,
			   uint64_t began)
{
	*i = (struct incident){
		.type = INCIDENT_SYSTEM,
		.began = began,
		.eta = NAN,
		.state = limit->state,
		.uid = limit->uid,
		.euid = limit->uid,
		.suid = limit->uid,
		.dumpable = true, /* a user may know of their own */
	};
	snprintf(i->subject, sizeof(i->subject), "%s", name);
}

enum incident_step incident_update_shared(struct incident *i, const struct shared_limit *limit,
					  double eta, uint64_t id, uint64_t now)
{
	if (i->ended)
		return INCIDENT_SAME;
	i->eta = eta;
	i->fds = limit->used;
	i->soft_limit = limit->most;
	if (i->fds_highest < limit->used)
		i->fds_highest = limit->used;
	return move(i, limit->state, id, now);
}

static uint64_t shifted(uint64_t time, int64_t by)
{
	if (!time || (by < 0 && time <= (uint64_t)-by))
		return time;
	return time + (uint64_t)by;
}

void incident_shift(struct incident *i, int64_t by)
{
	if (i->ended)
		return;
	i->began = shifted(i->began, by);
	i->opened = shifted(i->opened, by);
	i->changed = shifted(i->changed, by);
}

void incident_refuse(struct incident *i, enum refusal_cause cause)
{
	if (!i->ended && !i->refusals[cause])
		i->refusals[cause] = 1;
}

void incident_finish(struct incident *i, enum incident_end end, uint64_t now)
{
	if (i->ended)
		return;
	i->end = end;
	i->ended = latest(now, i->changed);
	i->eta = NAN;
}

enum incident_box incident_wants_box(const struct incident *i)
{
	bool refused = i->worst == STATE_EXHAUSTED;

	if (i->type != INCIDENT_PROCESS || !i->id || i->ended)
		return INCIDENT_BOX_NONE;
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		refused = refused || i->refusals[cause];
	if (refused)
		return i->box < INCIDENT_BOX_REFUSAL ? INCIDENT_BOX_REFUSAL : INCIDENT_BOX_NONE;
	if (i->worst >= STATE_CRITICAL && i->box < INCIDENT_BOX_CRITICAL)
		return INCIDENT_BOX_CRITICAL;
	return INCIDENT_BOX_NONE;
}

const char *incident_type_name(enum incident_type type)
{
	static const char *const names[INCIDENT_TYPE_COUNT] = {
		[INCIDENT_PROCESS] = "process",
		[INCIDENT_SYSTEM] = "system",
	};

	return names[type];
}

const char *incident_end_name(enum incident_end end)
{
	static const char *const names[INCIDENT_END_COUNT] = {
		[INCIDENT_RECOVERED] = "recovered",
		[INCIDENT_EXITED] = "process ended",
		[INCIDENT_AWAY] = "fdwatchd was away",
		[INCIDENT_REBOOTED] = "the host was started anew",
	};

	return names[end];
}

const char *incident_box_name(enum incident_box box)
{
	static const char *const names[INCIDENT_BOX_COUNT] = {
		[INCIDENT_BOX_CRITICAL] = "critical",
		[INCIDENT_BOX_REFUSAL] = "refusal",
	};

	return names[box];
}
