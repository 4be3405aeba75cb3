// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/sites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "ingest/track.h"
#include "model/site_rank.h"
#include "tracking/state.h"

static void on_tracked(const struct tracked *t, void *data)
{
	sites_forked(data, t);
}

static void on_executed(const struct tracked *t, void *data)
{
	struct sites *s = data;
	struct followed *f = follow_find(&s->follow, t->pid, t->start_time);

	if (!f)
		return; /* given up; one that was tracked before this daemon came the poll meets */
	follow_executed(&s->follow, f, t);
	/* A set-uid program; one that has ended since may have been one. */
	if (f->bounded)
		f->hidden |= !s->source.owned_by(f->identity.pid, f->identity.start_time, f->uid,
						 s->source.data);
	follow_changed(&s->follow, f);
}

static void on_left(const struct tracked *t, const struct descriptor *d, void *data)
{
	sites_left(data, t, d);
}

static void on_exited(const struct tracked *t, void *data)
{
	struct sites *s = data;
	struct followed *f = follow_find(&s->follow, t->pid, t->start_time);

	if (f)
		sites_exited(s, f, t->peak, t->lost);
}

/* The space; of a process tracked before this daemon came it asks how that stands. */
static struct space *space_of(struct sites *s, int32_t pid, uint64_t start_time, uint32_t number)
{
	struct followed *f = follow_find(&s->follow, pid, start_time);
	struct space *space =
		f && f->space->number == number ? f->space : follow_space(&s->follow, number);
	struct tracked tracked;

	if (space || f || kernel_ask(s->source.kernel, pid, start_time, &tracked) < 0 ||
	    sites_begin(s, pid, start_time, 0, &f) < 0)
		return space;
	return f->space->number == number ? f->space : NULL;
}

static void on_site(const struct site_sighting *seen, void *data)
{
	struct sites *s = data;
	struct space *space = space_of(s, seen->pid, seen->start_time, seen->space);

	if (space)
		resolution_site(s->follow.resolution, space, seen);
}

static void on_code(const struct code_sighting *code, void *data)
{
	struct space *space = space_of(data, code->pid, code->start_time, code->space);

	if (space)
		space_add_code(space, code);
}

static void on_slice(const struct stack_slice *slice, void *data)
{
	struct sites *s = data;
	struct space *space =
		space_of(s, slice->seen.pid, slice->seen.start_time, slice->seen.space);

	if (space)
		resolution_slice(s->follow.resolution, space, slice);
}

int sites_drain(struct sites *s)
{
	static const struct trace_handlers handlers = {
		.tracked = on_tracked,
		.executed = on_executed,
		.exited = on_exited,
		.left = on_left,
		.site = on_site,
		.code = on_code,
		.slice = on_slice,
	};
	struct trace_handlers own = handlers;
	int r;

	own.data = s;
	r = kernel_drain_traces(s->source.kernel, &own);
	sites_settle_beyond(s);
	return r;
}

static int on_traces(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source, (void)fd, (void)events;
	sites_drain(data);
	return 0;
}

int sites_begin(struct sites *s, int32_t pid, uint64_t start_time, uint32_t flags,
		struct followed **followed)
{
	struct process *p = table_find(s->source.table, pid);
	struct tracked tracked;
	int r = kernel_track(s->source.kernel, pid, start_time, flags, &tracked);

	if (r < 0)
		return r;
	*followed = follow_add(&s->follow, &tracked);
	if (!*followed) {
		kernel_untrack(s->source.kernel, pid, start_time);
		return -ENOMEM;
	}
	(*followed)->worried = clock_usec(CLOCK_BOOTTIME); /* nobody's worry ends before it began */
	if (p && p->sample.start_time == start_time)
		p->sample.space = tracked.space;
	return 0;
}

int sites_end(struct sites *s, int32_t pid, uint64_t start_time)
{
	struct followed *f = follow_find(&s->follow, pid, start_time);
	struct process *p = table_find(s->source.table, pid);
	int r = kernel_untrack(s->source.kernel, pid, start_time);

	if (f && !f->run)
		follow_remove(&s->follow, f);
	if (p && p->sample.start_time == start_time)
		p->sample.space = 0;
	return r;
}

static int track(int32_t pid, uint64_t start_time, const struct serve_user *user, bool on,
		 void *data)
{
	struct sites *s = data;
	struct process *p = table_find(s->source.table, pid);
	struct followed *f = follow_find(&s->follow, pid, start_time);
	int r;

	s->source.status->track_orders++;
	if (p && p->sample.start_time == start_time)
		p->untracked = !on;
	if (!on)
		return f && f->run ? -EBUSY : sites_end(s, pid, start_time);
	if (f) {
		f->asked = true;
		follow_changed(&s->follow, f);
		return 0;
	}
	if (!user->sees_all && !sites_has_room(s, user->uid))
		return -EDQUOT;
	r = sites_begin(s, pid, start_time, 0, &f);
	if (r < 0)
		return r;
	f->asked = true;
	f->uid = user->uid;
	f->bounded = !user->sees_all;
	follow_changed(&s->follow, f);
	return 0;
}

static bool looked(int32_t pid, uint64_t start_time, void *data)
{
	const struct sites *s = data;
	const struct followed *f = follow_find(&s->follow, pid, start_time);

	return !f || !f->space->finding;
}

static int take_total(const struct site_total *total, void *data)
{
	struct site *site = total->site ? site_set_own(data, total->site) : NULL;

	if (site) {
		site->opened += total->opened;
		site->elsewhere += total->elsewhere;
	}
	return 0;
}

static int rank(int32_t pid, uint64_t start_time, const struct descriptor_list *list,
		struct ranking *ranking, void *data)
{
	struct sites *s = data;
	struct followed *f = follow_find(&s->follow, pid, start_time);
	struct site_set *set = f ? f->space->sites : NULL;
	const struct process *p = table_find(s->source.table, pid);
	uint64_t limit = p ? p->sample.soft_limit : LIMIT_INFINITY;

	if (!f)
		return -ENOENT;
	sites_drain(s);
	for (struct site *site = site_set_next(set, NULL); site; site = site_set_next(set, site))
		site->opened = site->elsewhere = 0;
	kernel_site_totals(s->source.kernel, list->track, list->first_site, take_total, set);
	return ranking_make(ranking, set, list, limit, clock_usec(CLOCK_BOOTTIME));
}

static void executed_from(int32_t pid, uint64_t start_time, char *name, size_t size, void *data)
{
	const struct sites *s = data;
	struct followed *f = follow_find(&s->follow, pid, start_time);

	snprintf(name, size, "%s", f ? f->from : "");
}

static int run_start(int32_t pid, uint64_t start_time, const struct serve_user *user, uint64_t *id,
		     void *data)
{
	struct sites *s = data;
	uint64_t now = clock_usec(CLOCK_BOOTTIME);
	struct followed *f = follow_find(&s->follow, pid, start_time);
	struct run *run;
	int r;

	if (f && f->run)
		return -EBUSY;
	if (!f && !user->sees_all && !sites_has_room(s, user->uid))
		return -EDQUOT;
	run = runs_add(&s->runs, user->uid, !user->sees_all, now);
	if (!run)
		return -EDQUOT;
	r = sites_begin(s, pid, start_time, TRACK_CHILDREN | TRACK_LEFT, &f);
	if (r < 0) {
		runs_remove(&s->runs, run);
		return r;
	}
	run->pid = pid;
	run->start_time = start_time;
	f->run = run;
	f->uid = user->uid;
	f->bounded = !user->sees_all;
	f->asked = true;
	follow_changed(&s->follow, f);
	*id = run->id;
	return 0;
}

/* The one of the run's processes that has this pid now, or NULL. */
static struct followed *find_in_run(const struct sites *s, uint64_t id, int32_t pid)
{
	for (struct followed *f = s->follow.all; f; f = f->hh.next)
		if (f->identity.pid == pid && f->run && f->run->id == id)
			return f;
	return NULL;
}

static bool run_settled(uint64_t id, int32_t pid, void *data)
{
	struct sites *s = data;
	struct process *p = table_find(s->source.table, pid);
	struct followed *f;

	sites_drain(s);
	f = find_in_run(s, id, pid);
	if (!f)
		return true;
	if (p && p->sample.start_time == f->identity.start_time && f->run->peak < p->sample.peak)
		f->run->peak = p->sample.peak;
	if (!resolution_settled(s->follow.resolution, f->space))
		return false;
	descriptor_list_free(f->held);
	f->held = NULL;
	s->source.list(f->identity.pid, f->identity.start_time, &f->held, s->source.data);
	return true;
}

static const struct run *run_find(uint64_t id, void *data)
{
	const struct sites *s = data;

	return runs_find(&s->runs, id);
}

struct serve_tracking sites_serving(struct sites *s)
{
	return (struct serve_tracking){
		.track = s ? track : NULL,
		.looked = s ? looked : NULL,
		.rank = s ? rank : NULL,
		.executed_from = s ? executed_from : NULL,
		.run_start = s ? run_start : NULL,
		.run_find = s ? run_find : NULL,
		.run_settled = s ? run_settled : NULL,
		.data = s,
	};
}

static void on_known(const struct space *space, const struct site *site, void *data)
{
	struct sites *s = data;

	if (s->follow.recall)
		recall_keep_site(s->follow.recall, space->sites, site);
}

static void on_alias(const struct space *space, uint64_t other, uint64_t id, void *data)
{
	struct sites *s = data;

	if (s->follow.recall)
		recall_keep_alias(s->follow.recall, space->sites, other, id);
}

static void on_changed(void *data)
{
	struct sites *s = data;

	s->source.changed(s->source.data);
}

static void on_log(const char *line, void *data)
{
	struct sites *s = data;

	s->source.log(line, s->source.data);
}

int sites_new(struct sites **sites, sd_event *loop, const struct sites_source *source)
{
	struct sites *s = calloc(1, sizeof(*s));
	struct resolution_source resolving = {
		.kernel = source->kernel,
		.proc = source->proc,
		.program = source->program,
		.known = on_known,
		.alias = on_alias,
		.changed = on_changed,
		.log = on_log,
		.data = s,
	};
	int r;

	if (!s) {
		recall_free(source->recall);
		return -ENOMEM;
	}
	s->source = *source;
	s->follow.recall = source->recall;
	r = resolution_new(&s->follow.resolution, loop, &resolving);
	if (r >= 0)
		r = sd_event_add_io(loop, &s->io, kernel_traces_fd(source->kernel), EPOLLIN,
				    on_traces, s);
	if (r < 0) {
		sites_free(s);
		return r;
	}
	*sites = s;
	return 0;
}

void sites_free(struct sites *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->io);
	if (s->follow.resolution)
		follow_clear(&s->follow);
	resolution_free(s->follow.resolution);
	recall_free(s->follow.recall);
	runs_clear(&s->runs);
	free(s);
}
