// SPDX-License-Identifier: BSD-2-Clause
#include "incidents.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-id128.h>

#define HASH_NONFATAL_OOM 1 /* one that was not added has no hh.tbl */
#include <uthash.h>

#include "blackbox.h"
#include "clock.h"
#include "histories.h"
#include "ingest/procfs.h"
#include "model/bytes.h"
#include "model/forecast.h"
#include "model/incident.h"
#include "notices.h"
#include "telling.h"

#define LOAD_MSEC 5000         /* of the start, for a disk that is slow */
#define SAVE_EVERY 10000000ULL /* microseconds between two savings of counts alone */
#define DOUBT_FOR 60000000ULL  /* after a start without a history, before an alarm is over */
#define MOST 20000             /* held for a store that takes nothing */
#define BOX_SHARE 9            /* of ten parts of time that black boxes leave to all else */

/* Which process, or which limit that processes share. */
struct key {
	uint64_t start_time; /* a limit's: a sum of its name */
	int64_t pid;         /* a limit's: 0 */
};

struct current {
	struct key key;
	struct incident incident;
	enum refusal_cause cause; /* the last; CAUSE_COUNT: none */
	uint64_t saved_at;        /* microseconds since boot */
	uint64_t doubt_until;     /* its process's state is not believed to be well; 0: it is */
	bool changed;             /* since it was saved */
	bool seen;                /* a shared limit: since this daemon began */
	UT_hash_handle hh;
};

struct incidents {
	struct watch *watch;
	struct store *store;
	struct store_found *found; /* until it is resumed */
	struct histories *histories;
	struct telling *telling;
	sd_event_source *source;
	struct current *all;
	uint64_t last_id;
	uint64_t boxes_after; /* microseconds since boot: none is taken before */
	bool box_wanted;
	bool resumed;
	void (*log)(int level, const char *line, void *data);
};

static uint64_t next_id(struct incidents *s)
{
	return s->last_id = incident_next_id(s->last_id, clock_usec(CLOCK_REALTIME));
}

static struct key key_of(const struct process *p)
{
	return (struct key){p->sample.start_time, p->sample.pid};
}

static struct current *find(const struct incidents *s, struct key key)
{
	struct current *c;

	HASH_FIND(hh, s->all, &key, sizeof(key), c);
	return c;
}

/* NULL without memory. */
static struct current *add(struct incidents *s, struct key key, const struct incident *incident)
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

static void forget(struct incidents *s, struct current *c)
{
	HASH_DEL(s->all, c);
	free(c);
}

/* One that is over stays until the store has taken it. */
static void keep(struct incidents *s, struct current *c)
{
	c->saved_at = s->watch->now;
	c->changed = store_put(s->store, &c->incident) < 0;
	if (c->incident.ended && (!c->changed || HASH_COUNT(s->all) > MOST))
		forget(s, c);
}

static void tell(struct incidents *s, const struct current *c, enum notice_step step,
		 const struct process *p)
{
	struct notice notice;

	notice_fill(&notice, &c->incident, step, p, users_name(s->watch->users, c->incident.uid));
	notice.event_id = step == NOTICE_RAISED ? c->incident.id : next_id(s);
	notice.cause = c->cause;
	telling_tell(s->telling, &notice);
}

static void act(struct incidents *s, struct current *c, enum incident_step step,
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
	keep(s, c);
}

static double eta_of(const struct process *p)
{
	return p->forecast ? forecast_eta(p->forecast).eta : NAN;
}

/* Moves its incident on to what the process is now. Returns its id, 0 where there is none. */
static uint64_t progress(struct incidents *s, struct current *c, const struct process *p)
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
		forget(s, c);
	else
		act(s, c, step, p);
	return id;
}

/* A process's state has changed. */
static uint64_t take_state(struct incidents *s, const struct process *p)
{
	struct current *c = find(s, key_of(p));
	struct incident incident;

	if (!c) {
		if (p->state == STATE_OK || (p->policy && p->policy->silence))
			return 0;
		incident_watch(&incident, p,
			       p->state == STATE_GROWING ? clock_usec(CLOCK_REALTIME) : 0);
		c = add(s, key_of(p), &incident);
	}
	return c ? progress(s, c, p) : 0;
}

static uint64_t take_refusal(struct incidents *s, const struct process *p, enum refusal_cause cause)
{
	struct current *c = find(s, key_of(p));

	if (!c || !c->incident.id)
		return 0;
	incident_refuse(&c->incident, cause);
	c->cause = cause;
	c->changed = true;
	s->box_wanted = s->box_wanted || incident_wants_box(&c->incident);
	return c->incident.id;
}

static uint64_t take_end(struct incidents *s, const struct process *p)
{
	struct current *c = find(s, key_of(p));
	uint64_t id = c ? c->incident.id : 0;

	if (c && !id)
		forget(s, c);
	if (!id || c->incident.ended)
		return id;
	incident_finish(&c->incident, INCIDENT_EXITED, clock_usec(CLOCK_REALTIME));
	act(s, c, INCIDENT_ENDED, p);
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
		event->incident = take_state(s, p);
		break;
	case EVENT_EMFILE:
	case EVENT_ENFILE:
		event->incident = take_refusal(s, p, event->cause);
		break;
	case EVENT_EXIT:
		event->incident = take_end(s, p);
		break;
	default:
		c = s->all ? find(s, key_of(p)) : NULL;
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
	struct current *c = find(s, shared_key(limit));
	uint64_t now = clock_usec(CLOCK_REALTIME), id;
	struct incident incident;
	enum incident_step step;

	if (!c && limit->state == STATE_OK)
		return 0;
	if (!c) {
		incident_watch_shared(&incident, limit, name,
				      limit->state == STATE_GROWING ? now : 0);
		incident.start_time = shared_key(limit).start_time;
		c = add(s, shared_key(limit), &incident);
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
		forget(s, c);
	else
		act(s, c, step, NULL);
	return id;
}

static void on_shared(const struct shared_limit *limit, struct event *event, void *data)
{
	struct incidents *s = data;

	if (s->resumed)
		event->incident = take_shared(s, limit, event->subject);
}

static void on_new(struct process *p, void *data)
{
	struct incidents *s = data;

	histories_recall(s->histories, p);
}

/* Whoever may see the process may see what it held only if it was theirs all the while. */
static void check_owner(struct incident *i)
{
	if (i->dumpable && i->uid && !procfs_owned_by(PROCFS, i->pid, i->start_time, i->uid))
		i->dumpable = false;
}

/* Lists what the process holds now; where it is gone there is no box, or that of before. */
static void take_box(struct incidents *s, struct current *c, const struct process *p)
{
	enum incident_box why = incident_wants_box(&c->incident);
	struct descriptor_list *list = NULL;
	struct store_box box;

	if (watch_list(s->watch, p->sample.pid, p->sample.start_time, &list) < 0)
		return;
	check_owner(&c->incident);
	if (blackbox_fill(&box, &c->incident, why, p, users_name(s->watch->users, c->incident.uid),
			  list) < 0)
		return;
	c->incident.box = why;
	keep(s, c); /* who may see it, before what is seen */
	store_put_box(s->store, &box);
}

/*
 * Black boxes that are due. A listing takes up to some ten milliseconds, which all else waits for:
 * where many are due, the rest comes at later polls.
 */
static void take_boxes(struct incidents *s)
{
	struct current *c, *next;

	s->box_wanted = false;
	HASH_ITER (hh, s->all, c, next) {
		uint64_t begin = clock_usec(CLOCK_BOOTTIME);
		const struct process *p;

		if (!incident_wants_box(&c->incident))
			continue;
		if (begin < s->boxes_after) {
			s->box_wanted = true;
			return;
		}
		p = table_find(s->watch->table, c->incident.pid);
		if (!p || p->sample.start_time != c->incident.start_time)
			continue;
		take_box(s, c, p);
		s->boxes_after = begin + (clock_usec(CLOCK_BOOTTIME) - begin) * (BOX_SHARE + 1);
	}
}

void incidents_drained(struct incidents *s)
{
	if (s && s->box_wanted)
		take_boxes(s);
}

/* A limit that processes share, as it stands. */
static void follow_shared(struct incidents *s, const struct shared_limit *limit)
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
		uint64_t before = c->incident.fds_highest;
		bool ended = c->incident.ended;

		if (ended) {
			keep(s, c); /* the store had no room */
			continue;
		}
		if (!p || p->sample.start_time != c->incident.start_time || !c->incident.id)
			continue;
		if (!progress(s, c, p) || !find(s, key_of(p)))
			continue;
		c->changed = c->changed || c->incident.fds_highest != before;
		if (c->changed && s->watch->now >= c->saved_at + SAVE_EVERY)
			keep(s, c);
	}
	for (const struct shared_limit *limit = NULL;
	     (limit = shared_next(s->watch->shared, limit));)
		if (limit->state >= STATE_WARNING)
			follow_shared(s, limit);
	incidents_drained(s);
	histories_save(s->histories, s->watch->table, s->watch->now, false);
}

/* Ends what an earlier daemon left open and what is not there any more. */
static void end_found(struct incidents *s, const struct store_incident *found)
{
	struct key key = {found->incident.id, -1}; /* of none that lives */
	struct current *c = add(s, key, &found->incident);

	if (!c)
		return;
	incident_finish(&c->incident, found->same_boot ? INCIDENT_AWAY : INCIDENT_REBOOTED,
			clock_usec(CLOCK_REALTIME));
	act(s, c, INCIDENT_ENDED, NULL);
}

static void resume_process(struct incidents *s, const struct store_incident *found)
{
	const struct process *p = table_find(s->watch->table, found->incident.pid);
	struct current *c;

	if (!found->same_boot || found->incident.type != INCIDENT_PROCESS || !p ||
	    p->sample.start_time != found->incident.start_time || find(s, key_of(p))) {
		end_found(s, found);
		return;
	}
	c = add(s, key_of(p), &found->incident);
	if (!c)
		return;
	if (!p->history.recalled) /* nothing is known of its trend yet */
		c->doubt_until = s->watch->now + DOUBT_FOR;
	progress(s, c, p);
}

static void resume_one(struct incidents *s, const struct store_incident *found)
{
	struct key key = {found->incident.start_time, 0};

	if (found->incident.type != INCIDENT_SYSTEM)
		resume_process(s, found);
	else if (found->same_boot && !find(s, key))
		add(s, key, &found->incident);
	else
		end_found(s, found);
}

/* Limits that nobody uses any more. */
static void end_lost_limits(struct incidents *s)
{
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.type != INCIDENT_SYSTEM || !c->incident.id || c->seen ||
		    c->incident.ended)
			continue;
		incident_finish(&c->incident, INCIDENT_AWAY, clock_usec(CLOCK_REALTIME));
		act(s, c, INCIDENT_ENDED, NULL);
	}
}

void incidents_resume(struct incidents *s)
{
	struct table *table = s->watch->table;
	struct store_found *found = s->found;

	s->resumed = true;
	histories_settle(s->histories);
	if (found && found->last_id > s->last_id)
		s->last_id = found->last_id;
	if (found)
		telling_resume(s->telling, found);
	for (size_t i = 0; found && i < found->incident_count; i++)
		resume_one(s, &found->incidents[i]);
	for (struct process *p = table_next(table, NULL); p; p = table_next(table, p))
		if (p->state >= STATE_GROWING && !find(s, key_of(p)))
			take_state(s, p);
	for (const struct shared_limit *limit = NULL;
	     (limit = shared_next(s->watch->shared, limit));)
		follow_shared(s, limit);
	end_lost_limits(s);
	s->found = NULL;
	store_found_free(found);
	incidents_polled(s);
}

static void on_store_log(int level, const char *line, void *data)
{
	struct incidents *s = data;

	s->log(level, line, NULL);
}

static void on_store_renewed(void *data)
{
	struct incidents *s = data;
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.id)
			keep(s, c);
	}
	telling_renew(s->telling);
}

static int on_store(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct incidents *s = data;

	(void)source, (void)fd, (void)events;
	store_dispatch(s->store);
	return 0;
}

static int open_store(struct incidents *s, sd_event *loop, const struct config *config,
		      struct failure *failure)
{
	const struct store_calls calls = {on_store_log, on_store_renewed, s};
	struct store_config want = config->incidents;
	char boot[SD_ID128_STRING_MAX] = "";
	sd_id128_t id;
	int r;

	snprintf(want.folder, sizeof(want.folder), "%s", config->state_dir);
	if (sd_id128_get_boot(&id) >= 0)
		sd_id128_to_string(id, boot);
	s->store = store_new(&want, boot, &calls);
	if (!s->store)
		return fail(failure, -ENOMEM, "out of memory");
	s->found = store_load(s->store, LOAD_MSEC);
	s->histories = histories_new(s->store, s->found);
	if (!s->histories)
		return fail(failure, -ENOMEM, "out of memory");
	r = sd_event_add_io(loop, &s->source, store_fd(s->store), EPOLLIN, on_store, s);
	return r < 0 ? fail(failure, r, "no event loop: %s", strerror(-r)) : 0;
}

static void hook(struct incidents *s, struct watch *watch)
{
	s->watch = watch;
	watch->hooks = (struct watch_hooks){
		.event = on_event, .new = on_new, .shared = on_shared, .data = s};
}

int incidents_open(struct incidents **incidents, sd_event *loop, struct watch *watch,
		   const struct config *config,
		   void (*log)(int level, const char *line, void *data), struct failure *failure)
{
	struct incidents *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(failure, -ENOMEM, "out of memory");
	*incidents = s;
	s->log = log;
	r = open_store(s, loop, config, failure);
	if (r < 0)
		return r;
	r = telling_new(&s->telling, loop, &config->notify, s->store, log, failure);
	if (!r)
		hook(s, watch);
	return r;
}

int incidents_configure(struct incidents *s, const struct config *config, struct failure *failure)
{
	int r = telling_configure(s->telling, &config->notify, failure);

	if (!r)
		store_configure(s->store, &config->incidents);
	return r;
}

static void save_all(struct incidents *s)
{
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.id)
			keep(s, c);
	}
	histories_save(s->histories, s->watch->table, s->watch->now, true);
}

void incidents_close(struct incidents *s)
{
	struct current *c, *next;

	if (!s)
		return;
	if (s->resumed)
		save_all(s);
	if (s->watch)
		s->watch->hooks = (struct watch_hooks){};
	telling_free(s->telling);
	sd_event_source_disable_unref(s->source);
	store_free(s->store);
	histories_free(s->histories);
	store_found_free(s->found);
	HASH_ITER (hh, s->all, c, next)
		forget(s, c);
	free(s);
}

int incidents_read(struct incidents *s, const struct incident_reading *reading)
{
	return store_read(s->store, reading);
}
