// SPDX-License-Identifier: BSD-2-Clause
/* What each poll changes: who is to be tracked, by state, configuration and quota. */
#include "ingest/track.h"
#include "model/policy.h"
#include "tracking/state.h"

#define DEPARTED_USEC 2000000ULL
/* Tracked by itself, a process stays so that long after its worry. */
#define CALM_USEC 600000000ULL
#define ENDED_AT_ONCE 16 /* in one poll */
#define RECALLED 100     /* polls after which nobody who was tracked before is still new */

static bool is_wanted(const struct process *p)
{
	const struct policy *policy = p->policy;

	if (!policy || p->untracked || p->sample.compat)
		return false;
	if (policy->tracking == TRACK_ALWAYS)
		return true;
	return policy->tracking == TRACK_GROWING && p->state != STATE_OK;
}

/* What one poll begins and ends by itself: each walk over all processes costs, a crowd waits. */
struct looking {
	struct sites *s;
	uint64_t now;
	struct track_wish wishes[TRACK_AT_ONCE];
	size_t wished, ended;
};

static void wish(struct looking *l, const struct process *p)
{
	if (l->wished < TRACK_AT_ONCE)
		l->wishes[l->wished++] = (struct track_wish){p->sample.pid, p->sample.start_time};
}

static void on_begun(const struct tracked *t, void *data)
{
	const struct looking *l = data;
	struct process *p = table_find(l->s->source.table, t->pid);
	struct followed *f = follow_add(&l->s->follow, t);

	if (!f)
		return;
	f->worried = l->now;
	f->seen = true;
	if (p && p->sample.start_time == t->start_time)
		p->sample.space = t->space;
}

/* Of a process that the kernel tracked before this daemon came it asks how it stands. */
static void look_after(struct looking *l, struct process *p)
{
	struct sites *s = l->s;
	uint64_t now = l->now;
	struct followed *f = follow_find(&s->follow, p->sample.pid, p->sample.start_time);

	if (!f && (p->sample.space || is_wanted(p)))
		wish(l, p);
	if (!f)
		return;
	f->seen = true;
	f->missed = 0;
	if (f->run && f->run->peak < p->sample.peak && f->identity.pid == f->run->pid)
		f->run->peak = p->sample.peak;
	if (is_wanted(p))
		f->worried = now;
	else if (!f->asked && !f->run && f->worried + CALM_USEC < now && l->ended++ < ENDED_AT_ONCE)
		sites_end(s, p->sample.pid, p->sample.start_time);
}

/* Once all who were tracked before are known, and whenever much was put since. */
static void keep(struct sites *s, bool waiting)
{
	bool first = s->polls < RECALLED && (!waiting || ++s->polls == RECALLED);

	if (!s->follow.recall)
		return;
	if (first) {
		s->polls = RECALLED;
		recall_settle(s->follow.recall);
	}
	if (first || recall_is_due(s->follow.recall))
		follow_keep_all(&s->follow);
}

void sites_poll(struct sites *s, uint64_t now)
{
	struct looking l = {.s = s, .now = now};
	struct followed *f, *next;

	sites_drain(s);
	for (f = s->follow.all; f; f = f->hh.next)
		f->seen = false;
	for (struct process *p = table_next(s->source.table, NULL); p;
	     p = table_next(s->source.table, p))
		look_after(&l, p);
	if (l.wished > FOLLOWED_MAX - HASH_COUNT(s->follow.all))
		l.wished = FOLLOWED_MAX - HASH_COUNT(s->follow.all);
	if (l.wished)
		kernel_track_all(s->source.kernel, l.wishes, l.wished, on_begun, &l);
	HASH_ITER (hh, s->follow.all, f, next)
		if (!f->seen)
			sites_miss(s, f, now);
	sites_hold_quotas(s);
	follow_expire(&s->follow, now > DEPARTED_USEC ? now - DEPARTED_USEC : 0);
	runs_expire(&s->runs, now);
	sites_trim(s, now);
	keep(s, l.wished > 0);
	s->source.status->tracked = HASH_COUNT(s->follow.all);
}
