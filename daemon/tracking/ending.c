// SPDX-License-Identifier: BSD-2-Clause
/* What the processes of a run leave open as they end, and as the run does. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "ingest/procfs.h"
#include "ingest/track.h"
#include "procdir.h"
#include "tracking/state.h"

#define GONE_USEC 2000000ULL /* not seen for so long, with nothing told of its end */

/* Of a file that ends with its process only the last part of the name is told. */
static char *whole_name(const struct followed *f, const struct descriptor *d)
{
	for (size_t i = 0; f->held && i < f->held->count; i++) {
		const struct descriptor *held = &f->held->items[i];

		if (held->fd == d->fd && held->inode == d->inode && held->kind == d->kind)
			return held->name ? held->name : d->name;
	}
	return d->name;
}

static bool is_first(const struct followed *f)
{
	return f->identity.pid == f->run->pid && f->identity.start_time == f->run->start_time;
}

void sites_left(struct sites *s, const struct tracked *t, const struct descriptor *d)
{
	struct followed *f = follow_find(&s->follow, t->pid, t->start_time);
	struct descriptor copy;

	if (!f || !f->run)
		return;
	copy = *d;
	copy.name = whole_name(f, d);
	if (!left_is_script(&copy, f->comm))
		left_add(&f->left, &copy, !is_first(f));
}

/* What a process of a run left open, or still has. */
static void account(const struct followed *f, struct left *left, bool running, uint64_t now)
{
	struct run_process process = {
		.set = f->space->sites,
		.ended = now,
		.pid = f->identity.pid,
		.running = running,
	};

	memcpy(process.comm, f->comm, sizeof(process.comm));
	memcpy(process.from, f->from, sizeof(process.from));
	if (!f->hidden)
		f->run->unknown += left->lost;
	if (left->list && left->list->count && !f->hidden) {
		process.list = left_take(left);
		run_add(f->run, &process);
	}
	left_clear(left);
}

/* It runs on: as it stands. */
static void account_listed(const struct followed *f, const struct descriptor_list *list,
			   uint64_t now)
{
	struct left left = {};

	for (size_t i = 0; i < list->count; i++)
		if (!left_is_script(&list->items[i], f->comm))
			left_add(&left, &list->items[i], !is_first(f));
	account(f, &left, true, now);
}

void sites_account_standing(struct sites *s, struct followed *f)
{
	struct descriptor_list *list = NULL;

	if (s->source.list(f->identity.pid, f->identity.start_time, &list, s->source.data) == 0)
		account_listed(f, list, clock_usec(CLOCK_BOOTTIME));
	descriptor_list_free(list);
	f->run->untracked++;
	if (!is_first(f)) /* whose end is the run's */
		f->run = NULL;
}

struct ending {
	struct sites *s;
	struct run *run;
	uint64_t now;
};

static void leave_run(struct followed *f)
{
	f->run = NULL;
	f->asked = false;
}

static void take_survivor(int32_t pid, uint64_t start_time, struct descriptor_list *list,
			  void *data)
{
	struct ending *e = data;
	struct followed *f = follow_find(&e->s->follow, pid, start_time);

	if (f && f->run == e->run) {
		account_listed(f, list, e->now);
		leave_run(f);
	}
	descriptor_list_free(list);
}

static struct followed *survivor_of(const struct sites *s, const struct run *run)
{
	struct followed *f = s->follow.all;

	while (f && f->run != run)
		f = f->hh.next;
	return f;
}

/* What runs on when the program itself has ended is shown as it stands. */
static void end_run(struct sites *s, struct run *run, uint64_t now)
{
	struct ending ending = {s, run, now};
	struct followed *f = survivor_of(s, run);

	if (f)
		kernel_list_tracked(s->source.kernel, take_survivor, &ending);
	for (; f; f = f->hh.next)
		if (f->run == run)
			leave_run(f);
	run->ended = now;
	run->patience = now + RUNS_PATIENCE_USEC;
}

static size_t count_of(const struct left *left)
{
	return (left->list ? left->list->count : 0) + left->lost;
}

/* What there was no room to tell: it was looked at where the process was held as it ended. */
static void take_held(struct followed *f, size_t lost)
{
	size_t told = count_of(&f->left);

	for (size_t i = 0; lost && f->held && i < f->held->count; i++)
		if (!left_is_script(&f->held->items[i], f->comm))
			left_add(&f->left, &f->held->items[i], !is_first(f));
	told = count_of(&f->left) - told;
	f->left.lost += lost > told ? lost - told : 0;
}

void sites_exited(struct sites *s, struct followed *f, uint32_t peak, uint32_t lost)
{
	uint64_t now = clock_usec(CLOCK_BOOTTIME);
	struct run *run = f->run;
	bool last = run && is_first(f);

	if (last && run->peak < peak)
		run->peak = peak;
	if (run) {
		take_held(f, lost);
		account(f, &f->left, false, now);
	}
	follow_remove(&s->follow, f);
	if (!last)
		return;
	end_run(s, run, now);
	s->source.changed(s->source.data);
}

/* Whether a process that the poll did not see is not just too young for it. */
static bool is_gone(const struct sites *s, const struct followed *f)
{
	struct process_sample sample;

	return procfs_sample(s->source.proc, f->identity.pid, &sample) == -ESRCH ||
	       (sample.start_time &&
		!procdir_same_start(sample.start_time, f->identity.start_time));
}

void sites_miss(struct sites *s, struct followed *f, uint64_t now)
{
	if (!f->run)
		follow_remove(&s->follow, f);
	else if (!f->missed)
		f->missed = now;
	else if (f->missed + GONE_USEC < now && is_gone(s, f))
		sites_exited(s, f, 0, 0);
}
