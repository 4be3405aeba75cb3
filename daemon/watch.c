/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "clock.h"
#include "ingest/procfs.h"
#include "model/alarm.h"
#include "model/event.h"
#include "model/forecast.h"
#include "procdir.h"
#include "raise.h"

/* An event about a process as it stands. */
static struct event event_of(const struct process *p, enum event_type type)
{
	struct event event = {
		.type = type,
		.real_time = clock_usec(CLOCK_REALTIME),
		.start_time = p->sample.start_time,
		.fds = p->sample.fds,
		.soft_limit = p->sample.soft_limit,
		.eta = p->forecast ? forecast_eta(p->forecast).eta : NAN,
		.state = p->state,
		.previous = p->state,
		.pid = p->sample.pid,
		.uid = p->sample.uid,
		.euid = p->sample.euid,
		.suid = p->sample.suid,
		.dumpable = p->sample.dumpable,
	};

	if (p->ceiling)
		event.reason = "fs.nr_open";
	memcpy(event.comm, p->sample.comm, sizeof(event.comm));
	snprintf(event.unit, sizeof(event.unit), "%s", p->identity.unit);
	return event;
}

/* `p` is the process that the event is about, NULL where it is not known. */
static void tell(struct watch *w, struct process *p, struct event *event)
{
	if (p && w->hooks.event)
		w->hooks.event(p, event, w->hooks.data);
	event_log_add(w->events, event);
}

static void tell_limit(struct watch *w, struct process *p, const struct process_sample *previous)
{
	struct event event = event_of(p, EVENT_LIMIT);

	event.previous_limit = previous->soft_limit;
	tell(w, p, &event);
}

/*
 * Finds what the configuration wants. A user's name comes late; a process whose user is not known
 * yet is looked at again, as are those that have changed by what sections name them.
 */
static void settle_policy(struct watch *w, struct process *p)
{
	bool by_user = policies_name_users(w->policies);
	struct policy_subject subject = {
		.comm = p->sample.comm,
		.unit = p->identity.unit,
		.container = p->identity.container,
		.user = by_user ? users_name(w->users, p->sample.uid) : NULL,
		.uid = p->sample.uid,
	};

	p->policy_settled = !by_user || subject.user;
	p->policy = policies_match(w->policies, &subject);
	p->sensitivity = (float)history_sensitivity(w->history, p->identity.unit, p->sample.comm);
}

static bool is_renamed(const struct process_sample *now, const struct process_sample *before)
{
	return now->uid != before->uid || memcmp(now->comm, before->comm, sizeof(now->comm)) != 0;
}

void watch_set_policies(struct watch *w, struct policies *policies)
{
	w->policies = policies;
	for (struct process *p = table_next(w->table, NULL); p; p = table_next(w->table, p))
		settle_policy(w, p);
}

/*
 * Adds the poll's count to the forecast, on a clock that begins with the process: so not all do
 * their longer work in the same poll.
 */
static void foresee(const struct watch *w, struct process *p, bool anew)
{
	const struct process_sample *s = &p->sample;
	struct forecast_sample now = {
		.t = process_age(p, w->now),
		.live = s->fds,
		.limit = process_limit(p),
		.opened = s->opened,
		.closed = s->closed,
		.totals_known = !s->uncounted,
	};
	struct alarm_thresholds thresholds = p->policy->thresholds;

	if (anew) {
		forecast_free(p->forecast);
		p->forecast = NULL;
	}
	if (!p->forecast)
		p->forecast = forecast_new();
	thresholds.sensitivity = p->sensitivity;
	if (p->forecast && forecast_add(p->forecast, &now, &thresholds) < 0) {
		forecast_free(p->forecast); /* without memory it is begun anew at the next poll */
		p->forecast = NULL;
	}
}

/* What the kernel has refused, or what is foreseen. */
static enum process_state worst_state(const struct process *p, uint64_t now)
{
	enum process_state is = alarm_state(p, now);
	enum process_state foreseen = p->forecast ? forecast_state(p->forecast) : STATE_OK;

	return is > foreseen ? is : foreseen;
}

/* Where a section of the configuration asks for it, and there is a way up. */
static void raise_limit(struct watch *w, struct process *p)
{
	uint64_t most = p->policy ? p->policy->raise_most : 0, soft = 0;
	struct process_sample before = p->sample;
	struct event event;
	int r;

	if (!most || raise_next(before.soft_limit, before.hard_limit, most) == before.soft_limit)
		return;
	r = raise_soft_limit(&before, most, &soft);
	if (r < 0) {
		if (r != -ESRCH && r != -EAGAIN && !w->raise_fails && w->raise_failed) {
			w->raise_fails = true;
			w->raise_failed(p, r, w->raise_data);
		}
		return;
	}
	w->raise_fails = false;
	p->sample.soft_limit = soft;
	event = event_of(p, EVENT_LIMIT);
	event.previous_limit = before.soft_limit;
	event.reason = "raise_limit";
	tell(w, p, &event);
}

/* `told` is the event that brought it about, NULL at a poll. */
static void set_state(struct watch *w, struct process *p, const struct event *told)
{
	enum process_state state = worst_state(p, w->now);
	struct event event;

	bool rises = state > p->state && state >= STATE_WARNING;

	if (state == p->state)
		return;
	if (!w->status->polls) { /* it was so before this daemon came */
		p->state = state;
		if (rises)
			raise_limit(w, p);
		return;
	}
	event = event_of(p, EVENT_STATE);
	event.state = state;
	if (told) {
		event.fds = told->fds;
		event.soft_limit = told->soft_limit;
	}
	p->state = state;
	tell(w, p, &event);
	if (rises)
		raise_limit(w, p);
}

static int take_sample(const struct process_sample *sample, void *data)
{
	struct watch *w = data;
	struct process_sample previous = {}; /* stays so for a new process */
	uint64_t nr_open = w->status->nr_open;
	struct process *p;
	int change = table_update(w->table, sample, &p, &previous);

	if (change < 0)
		return change;
	memcpy(p->refusals_before, previous.refusals, sizeof(p->refusals_before));
	if (change != TABLE_SAME)
		procfs_identity(PROCFS, sample->pid, &p->identity);
	if (change == TABLE_NEW && w->hooks.new)
		w->hooks.new(p, w->hooks.data);
	if (change != TABLE_NEW)
		p->slept += w->slept - w->slept_polled;
	if (change == TABLE_NEW)
		users_name(w->users, sample->uid); /* known by when somebody asks */
	else if (sample->soft_limit != previous.soft_limit ||
		 sample->hard_limit != previous.hard_limit)
		tell_limit(w, p, &previous);
	p->ceiling = nr_open && nr_open < sample->soft_limit ? nr_open : 0;
	shared_see_inotify(w->shared, &sample->inotify);
	if (sample->refusals[CAUSE_NOFILE] > previous.refusals[CAUSE_NOFILE])
		p->exhausted_at = sample->last_refusal;
	if (change != TABLE_SAME || !p->policy_settled || is_renamed(sample, &previous))
		settle_policy(w, p);
	groups_take(w->groups, p, &previous, change != TABLE_SAME);
	foresee(w, p, change == TABLE_EXECUTED);
	set_state(w, p, NULL);
	return 0;
}

static int take_snapshot(const struct process_sample *sample, void *data)
{
	struct watch *w = data;

	unseen_forget(&w->unseen, sample->pid);
	return take_sample(sample, w);
}

static bool is_seen(int32_t pid, void *data)
{
	struct watch *w = data;

	return table_find(w->table, pid);
}

static void take_exit(struct process *p, void *data)
{
	struct watch *w = data;
	struct event event = event_of(p, EVENT_EXIT);

	tell(w, p, &event);
	history_add(w->history, p->identity.unit, p->sample.comm,
		    p->exhausted_at || p->state >= STATE_WARNING);
	groups_leave(p);
}

/* A limit that processes share has another state. */
static void tell_shared(const struct shared_limit *limit, enum process_state previous, void *data)
{
	struct watch *w = data;
	bool host = limit->uid == UINT32_MAX;
	struct event event = {
		.type = EVENT_STATE,
		.real_time = clock_usec(CLOCK_REALTIME),
		.fds = limit->used,
		.soft_limit = limit->most,
		.eta = limit->forecast ? forecast_eta(limit->forecast).eta : NAN,
		.state = limit->state,
		.previous = previous,
		.uid = limit->uid,
		.euid = limit->uid,
		.suid = limit->uid,
		.dumpable = true, /* a user may know of their own */
		.reason = shared_resource(limit),
	};

	if (!w->status->polls)
		return; /* it was so before this daemon came */
	shared_name(limit, host ? NULL : users_name(w->users, limit->uid), event.subject);
	if (w->hooks.shared)
		w->hooks.shared(limit, &event, w->hooks.data);
	tell(w, NULL, &event);
}

static void look_at_clocks(struct watch *w)
{
	struct clocks_reading now = {.boot = clock_usec(CLOCK_BOOTTIME)};

	now.real = clock_usec(CLOCK_REALTIME);
	now.awake = clock_usec(CLOCK_MONOTONIC);
	now.after = clock_usec(CLOCK_BOOTTIME);
	clocks_look(&w->clocks, &now);
	w->slept += w->clocks.slept;
	w->now = now.boot;
	if (w->clocks.stepped && w->hooks.clock)
		w->hooks.clock(w->clocks.stepped, w->hooks.data);
}

int watch_poll(struct watch *w)
{
	uint64_t begin = clock_usec(CLOCK_THREAD_CPUTIME_ID);
	int r;

	look_at_clocks(w);
	w->tried = w->now;
	procfs_nr_open(PROCFS, &w->status->nr_open);
	table_begin_poll(w->table);
	shared_begin(w->shared);
	r = kernel_snapshot(w->kernel, take_snapshot, w);
	if (!r)
		r = unseen_read(&w->unseen, PROCFS, take_sample, w);
	if (!r) { /* after a broken reading nobody can say who is gone */
		table_end_poll(w->table, take_exit, w);
		unseen_look(&w->unseen, PROCFS, w->now, is_seen, w);
	}
	procfs_file_nr(PROCFS, &w->status->allocated, &w->status->maximum);
	if (w->status->maximum) /* also where there is no file left to read it from */
		shared_see_files(w->shared, w->status->allocated, w->status->maximum);
	if (r < 0)
		shared_end_blind(w->shared, w->now - w->slept, tell_shared, w);
	else
		shared_end(w->shared, w->now - w->slept, &policies_default(w->policies)->thresholds,
			   tell_shared, w);
	kernel_status(w->kernel, w->status);
	w->slept_polled = w->slept;
	if (!r) {
		w->status->polled = w->tried;
		w->status->polls++;
	}
	w->status->poll_seconds = (double)(clock_usec(CLOCK_THREAD_CPUTIME_ID) - begin) / 1e6;
	return r;
}

uint64_t watch_age(const struct watch *w)
{
	return clock_usec(CLOCK_BOOTTIME) - w->tried;
}

int watch_list(struct watch *w, int32_t pid, uint64_t start_time, struct descriptor_list **list)
{
	const struct process *p = table_find(w->table, pid);
	int r = kernel_list(w->kernel, pid, start_time, list);
	struct process_sample now;

	if (r != -ESRCH || !p || procfs_sample(PROCFS, pid, &now) == -ESRCH ||
	    !procdir_same_start(now.start_time, start_time))
		return r;
	*list = calloc(1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	(*list)->taken = p->sample.fds;
	return 0;
}

/* What processes share has refused one. */
static void refuse_shared(struct watch *w, const struct process *p, const struct event *event)
{
	if (event->type == EVENT_ENFILE && event->cause == CAUSE_FILE_MAX)
		shared_refused(w->shared, NULL, w->now - w->slept);
	else if (event->type == EVENT_EMFILE && event->cause == CAUSE_INOTIFY && p)
		shared_refused(w->shared, &p->sample.inotify, w->now - w->slept);
}

/* The kernel knows the process by number only: the table adds where it belongs. */
static void take_event(const struct event *told, void *data)
{
	struct watch *w = data;
	struct process *p = table_find(w->table, told->pid);
	struct event event = *told;
	bool again;

	event.eta = NAN;
	if (p && p->sample.start_time != told->start_time)
		p = NULL; /* another has the number */
	if (p) {
		snprintf(event.unit, sizeof(event.unit), "%s", p->identity.unit);
		/* Who may see it is as it is now, and not as it was at the last poll. */
		p->policy_settled &= p->sample.uid == told->uid;
		p->sample.uid = told->uid;
		p->sample.euid = told->euid;
		p->sample.suid = told->suid;
		p->sample.dumpable = told->dumpable;
		p->sample.fds = (uint32_t)told->fds;
		if (p->sample.peak < p->sample.fds)
			p->sample.peak = p->sample.fds;
		event.state = event.previous = p->state;
		event.eta = p->forecast ? forecast_eta(p->forecast).eta : NAN;
		if (event.type == EVENT_EMFILE && event.cause == CAUSE_NOFILE)
			p->exhausted_at = w->now;
	}
	refuse_shared(w, p, &event);
	tell(w, p, &event);
	if (!p)
		return;
	again = p->state == STATE_EXHAUSTED && event.type == EVENT_EMFILE &&
		event.cause == CAUSE_NOFILE && told->soft_limit == p->sample.soft_limit;
	set_state(w, p, told);
	if (again) /* at a limit that was raised before, maybe */
		raise_limit(w, p);
}

int watch_drain(struct watch *w)
{
	look_at_clocks(w);
	return kernel_drain(w->kernel, take_event, w);
}
