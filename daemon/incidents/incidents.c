// SPDX-License-Identifier: BSD-2-Clause
/* What happens, and what comes of it. */
#include "incidents/incidents.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "clock.h"
#include "incidents/notices.h"
#include "incidents/state.h"
#include "model/bytes.h"
#include "model/forecast.h"

#define SHOW_EVERY 500000ULL   /* microseconds: who reads sees counts at most that old */
#define SAVE_EVERY 10000000ULL /* microseconds between two savings of counts alone */
#define MOST 20000             /* held for a store that takes nothing */

static uint64_t next_id(struct incidents *s)
{
	return s->last_id = incident_next_id(s->last_id, clock_usec(CLOCK_REALTIME));
}

struct key current_key(const struct process *p)
{
	return (struct key){p->sample.start_time, p->sample.pid};
}

struct current *current_find(const struct incidents *s, struct key key)
{
	struct current *c;

	HASH_FIND(hh, s->all, &key, sizeof(key), c);
	return c;
}

struct current *current_add(struct incidents *s, struct key key, const struct incident *incident)
{
	struct current *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->key = key;
	c->incident = *incident;
	c->cause = CAUSE_COUNT;
	HASH_ADD(hh, s->all, key, sizeof(key), c);
	if (c->hh.tbl)
		return c;
	free(c);
	return NULL;
}

void current_forget(struct incidents *s, struct current *c)
{
	HASH_DEL(s->all, c);
	free(c);
}

static void settle(struct incidents *s, struct current *c, bool kept)
{
	c->saved_at = s->watch->now;
	c->put_count = store_put_count(s->store);
	c->changed = !kept;
	c->moved = false;
	if (c->incident.ended && (!c->changed || HASH_COUNT(s->all) > MOST))
		current_forget(s, c);
}

static void fill_notice(struct incidents *s, struct notice *notice, const struct current *c,
			enum notice_step step, const struct process *p)
{
	notice_fill(notice, &c->incident, step, p, users_name(s->watch->users, c->incident.uid));
	notice->event_id = step == NOTICE_RAISED ? c->incident.id : next_id(s);
	notice->cause = c->cause;
}

/* For no channel, as it was told: the next daemon tells Alertmanager again, or that it is over. */
static int put_step(struct incidents *s, const struct current *c)
{
	const struct process *p = table_find(s->watch->table, c->incident.pid);
	struct notice notice;

	if (p && p->sample.start_time != c->incident.start_time)
		p = NULL;
	fill_notice(s, &notice, c, c->incident.ended ? NOTICE_ENDED : NOTICE_CHANGED, p);
	return store_put_step(s->store, &c->incident, &notice, 0);
}

/* Not while it waits for its disk since it was saved last: once is enough. */
static void keep_again(struct incidents *s, struct current *c)
{
	if (!store_waits(s->store, c->put_count))
		current_keep(s, c);
}

void current_keep(struct incidents *s, struct current *c)
{
	int r = c->step_lost ? put_step(s, c) : store_put(s->store, &c->incident);

	c->step_lost = c->step_lost && r < 0;
	settle(s, c, r == 0);
}

/* Told and kept in one: after a kill there is neither a step that nobody was told, nor one told of
 * that is not known. */
static void tell(struct incidents *s, struct current *c, enum notice_step step,
		 const struct process *p)
{
	struct notice notice;
	int r;

	fill_notice(s, &notice, c, step, p);
	r = telling_tell(s->telling, &notice, &c->incident);
	c->step_lost = r < 0;
	settle(s, c, r == 0);
}

void current_act(struct incidents *s, struct current *c, enum incident_step step,
		 const struct process *p)
{
	static const enum notice_step steps[] = {
		[INCIDENT_OPENED] = NOTICE_RAISED,
		[INCIDENT_CHANGED] = NOTICE_CHANGED,
		[INCIDENT_ENDED] = NOTICE_ENDED,
	};

	if (step == INCIDENT_SAME)
		return;
	s->box_wanted = s->box_wanted || incident_wants_box(&c->incident);
	tell(s, c, steps[step], p);
}

static double eta_of(const struct process *p)
{
	return p->forecast ? forecast_eta(p->forecast).eta : NAN;
}

uint64_t current_progress(struct incidents *s, struct current *c, const struct process *p)
{
	struct process seen = *p;
	enum incident_step step;
	uint64_t id;

	if (p->policy && p->policy->silence)
		seen.state = STATE_OK;
	if (c->doubt_until > s->watch->now && seen.state < STATE_WARNING)
		seen.state = c->incident.state;
	else
		c->doubt_until = 0;
	if (!c->incident.id && seen.state >= STATE_WARNING)
		next_id(s);
	step = incident_update(&c->incident, &seen, eta_of(p), s->last_id,
			       clock_usec(CLOCK_REALTIME));
	id = c->incident.id;
	if (!id && seen.state == STATE_OK)
		current_forget(s, c);
	else
		current_act(s, c, step, p);
	return id;
}

uint64_t incidents_take_state(struct incidents *s, const struct process *p)
{
	struct current *c = current_find(s, current_key(p));
	struct incident incident;

	if (!c) {
		if (p->state == STATE_OK || (p->policy && p->policy->silence))
			return 0;
		incident_watch(&incident, p,
			       p->state == STATE_GROWING ? clock_usec(CLOCK_REALTIME) : 0);
		c = current_add(s, current_key(p), &incident);
	}
	return c ? current_progress(s, c, p) : 0;
}

/* The first refusal comes before the state that it brings about. */
static uint64_t take_refusal(struct incidents *s, const struct process *p, enum refusal_cause cause)
{
	struct current *c = current_find(s, current_key(p));
	struct incident incident;

	if (!c && cause == CAUSE_NOFILE && !(p->policy && p->policy->silence)) {
		incident_watch(&incident, p, 0);
		c = current_add(s, current_key(p), &incident);
	}
	if (!c)
		return 0;
	incident_refuse(&c->incident, cause);
	c->cause = cause;
	c->changed = true;
	s->box_wanted = s->box_wanted || incident_wants_box(&c->incident);
	return c->incident.id;
}

static uint64_t take_end(struct incidents *s, const struct process *p)
{
	struct current *c = current_find(s, current_key(p));
	uint64_t id = c ? c->incident.id : 0;

	if (c && !id)
		current_forget(s, c);
	if (!id || c->incident.ended)
		return id;
	incident_finish(&c->incident, INCIDENT_EXITED, clock_usec(CLOCK_REALTIME));
	current_act(s, c, INCIDENT_ENDED, p);
	return id;
}

/* The watching's hook: something has happened to a process, and is about to be told as an event. */
static void on_event(struct process *p, struct event *event, void *data)
{
	struct incidents *s = data;
	const struct current *c;

	if (event->type == EVENT_EXIT)
		histories_forget(s->histories, p);
	if (!s->resumed)
		return; /* all is looked at then */
	switch (event->type) {
	case EVENT_STATE:
		event->incident = incidents_take_state(s, p);
		break;
	case EVENT_EMFILE:
	case EVENT_ENFILE:
		event->incident = take_refusal(s, p, event->cause);
		break;
	case EVENT_EXIT:
		event->incident = take_end(s, p);
		break;
	default:
		c = s->all ? current_find(s, current_key(p)) : NULL;
		event->incident = c ? c->incident.id : 0;
	}
}

/* By its user's number: the name may be known later. The sum fits where a start time would. */
static struct key shared_key(const struct shared_limit *limit)
{
	char name[SHARED_NAME_SIZE];

	shared_name(limit, NULL, name);
	return (struct key){bytes_sum(name, strlen(name)) >> 1, 0};
}

/* Moves a shared limit's incident on to what it is now. Returns its id, 0 where there is none. */
static uint64_t take_shared(struct incidents *s, const struct shared_limit *limit, const char *name)
{
	struct current *c = current_find(s, shared_key(limit));
	uint64_t now = clock_usec(CLOCK_REALTIME), id;
	struct incident incident;
	enum incident_step step;

	if (!c && limit->state == STATE_OK)
		return 0;
	if (!c) {
		incident_watch_shared(&incident, limit, name,
				      limit->state == STATE_GROWING ? now : 0);
		incident.start_time = shared_key(limit).start_time;
		c = current_add(s, shared_key(limit), &incident);
	}
	if (!c)
		return 0;
	if (!c->incident.id && limit->state >= STATE_WARNING)
		next_id(s);
	c->seen = true;
	step = incident_update_shared(&c->incident, limit,
				      limit->forecast ? forecast_eta(limit->forecast).eta : NAN,
				      s->last_id, now);
	id = c->incident.id;
	if (!id && limit->state == STATE_OK)
		current_forget(s, c);
	else
		current_act(s, c, step, NULL);
	return id;
}

static void on_shared(const struct shared_limit *limit, struct event *event, void *data)
{
	struct incidents *s = data;

	if (s->resumed)
		event->incident = take_shared(s, limit, event->subject);
}

/* What is not over has lasted as long as before. */
static void on_clock(int64_t stepped, void *data)
{
	struct incidents *s = data;
	struct current *c, *next;
	char line[128];

	if (!s->resumed)
		return;
	HASH_ITER (hh, s->all, c, next) {
		incident_shift(&c->incident, stepped);
		c->changed = true;
	}
	snprintf(line, sizeof(line), "the clock was set by %+.0f s: open incidents go with it",
		 (double)stepped / 1e6);
	s->log(LOG_NOTICE, line, NULL);
}

static void on_new(struct process *p, void *data)
{
	struct incidents *s = data;

	histories_recall(s->histories, p);
}

void incidents_follow_shared(struct incidents *s, const struct shared_limit *limit)
{
	bool host = limit->uid == UINT32_MAX;
	char name[SHARED_NAME_SIZE];

	shared_name(limit, host ? NULL : users_name(s->watch->users, limit->uid), name);
	take_shared(s, limit, name);
}

void incidents_polled(struct incidents *s)
{
	struct current *c, *next;

	if (!s || !s->resumed)
		return;
	HASH_ITER (hh, s->all, c, next) {
		const struct process *p = table_find(s->watch->table, c->incident.pid);
		uint64_t before = c->incident.fds_highest, count = c->incident.fds;
		bool ended = c->incident.ended;

		if (ended || c->step_lost)
			keep_again(s, c); /* the store had no room */
		if (ended)
			continue;
		if (!p || p->sample.start_time != c->incident.start_time || !c->incident.id)
			continue;
		incident_count(&c->incident, p);
		if (!current_progress(s, c, p) || !current_find(s, current_key(p)))
			continue;
		c->changed = c->changed || c->incident.fds_highest != before;
		c->moved = c->moved || c->incident.fds != count;
		if (c->changed && s->watch->now >= c->saved_at + SAVE_EVERY)
			keep_again(s, c);
	}
	for (const struct shared_limit *limit = NULL;
	     (limit = shared_next(s->watch->shared, limit));)
		if (limit->state >= STATE_WARNING)
			incidents_follow_shared(s, limit);
	incidents_drained(s);
	telling_status(s->telling, s->watch->status);
	histories_save(s->histories, s->watch->table, s->watch->now, false);
}

void incidents_hook(struct incidents *s, struct watch *watch)
{
	s->watch = watch;
	watch->hooks = (struct watch_hooks){.event = on_event,
					    .new = on_new,
					    .clock = on_clock,
					    .shared = on_shared,
					    .data = s};
}

void incidents_track(struct incidents *s, const struct serve_tracking *tracking)
{
	s->tracking = *tracking;
}

/* What is shown is what is kept: so counts are kept before somebody looks. */
static void save_counts(struct incidents *s)
{
	uint64_t now = clock_usec(CLOCK_BOOTTIME);
	struct current *c, *next;

	if (now < s->shown_at + SHOW_EVERY)
		return;
	s->shown_at = now;
	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.id && (c->changed || c->moved))
			keep_again(s, c);
	}
}

int incidents_read(struct incidents *s, const struct incident_reading *reading)
{
	save_counts(s);
	return store_read(s->store, reading);
}
