// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/followed.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* A space that nobody is in any more; stacks seen in it may still be on their way. */
struct departed {
	struct space *space;
	uint64_t since;
	struct departed *next;
};

static struct identity identity_of(int32_t pid, uint64_t start_time)
{
	return (struct identity){.pid = pid, .start_time = start_time};
}

struct followed *follow_find(const struct follow *w, int32_t pid, uint64_t start_time)
{
	struct identity identity = identity_of(pid, start_time);
	struct followed *f;

	HASH_FIND(hh, w->all, &identity, sizeof(identity), f);
	return f;
}

struct space *follow_space(const struct follow *w, uint32_t number)
{
	for (struct followed *f = w->all; f; f = f->hh.next)
		if (f->space->number == number)
			return f->space;
	for (struct departed *d = w->departed; d; d = d->next)
		if (d->space->number == number)
			return d->space;
	return NULL;
}

static bool is_inhabited(const struct follow *w, const struct space *space)
{
	for (const struct followed *f = w->all; f; f = f->hh.next)
		if (f->space == space)
			return true;
	return false;
}

void follow_expire(struct follow *w, uint64_t before)
{
	struct departed **at = &w->departed;

	while (*at) {
		struct departed *d = *at;

		if (d->since >= before) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		if (!is_inhabited(w, d->space))
			resolution_end(w->resolution, d->space);
		space_unref(d->space);
		free(d);
	}
}

static void depart(struct follow *w, struct space *space)
{
	struct departed *d = calloc(1, sizeof(*d));

	if (!d)
		return;
	d->space = space_ref(space);
	d->since = clock_usec(CLOCK_BOOTTIME);
	d->next = w->departed;
	w->departed = d;
}

/* What an earlier daemon knew of the space, or a new one behind that of the program before. */
static struct site_set *take_sites(struct follow *w, const struct tracked *t,
				   struct site_set *before)
{
	const struct recall_process *known = w->recall ? recall_find(w->recall, t) : NULL;
	struct site_set *sites = known ? recall_sites(w->recall, known->space) : NULL;
	struct site_set *next;

	if (sites && known->space == t->space)
		return sites;
	next = site_set_new(before ?: sites); /* it has executed another while nobody looked */
	site_set_unref(sites);
	return next;
}

/* Its own, or the one it shares with what it was forked from. */
static struct space *take_space(struct follow *w, const struct tracked *t, struct site_set *before)
{
	struct space *space = follow_space(w, t->space);

	if (space)
		return space_ref(space);
	space = space_new(t, take_sites(w, t, before));
	if (!space)
		return NULL;
	if (w->recall)
		recall_keep_space(w->recall, space->sites);
	resolution_begin(w->resolution, space);
	return space;
}

void follow_changed(struct follow *w, const struct followed *f)
{
	struct recall_process process = {
		.start_time = f->identity.start_time,
		.since = f->since,
		.pid = f->identity.pid,
		.space = f->space->number,
		.uid = f->uid,
		.bounded = f->bounded,
		.asked = f->asked && !f->run, /* nobody waits for a run over a restart */
		.hidden = f->hidden,
	};

	memcpy(process.from, f->from, sizeof(process.from));
	if (w->recall)
		recall_keep_process(w->recall, &process);
}

void follow_inherit(struct follow *w, struct followed *f, const struct followed *parent)
{
	f->run = parent->run;
	f->uid = parent->uid;
	f->bounded = parent->bounded;
	f->asked = parent->asked;
	f->hidden = parent->hidden;
	memcpy(f->from, parent->from, sizeof(f->from));
	follow_changed(w, f);
}

/* What an earlier daemon knew of it. */
static void remember(struct follow *w, struct followed *f, const struct tracked *t)
{
	const struct recall_process *known = w->recall ? recall_find(w->recall, t) : NULL;

	f->since = t->since;
	if (known) {
		f->uid = known->uid;
		f->bounded = known->bounded;
		f->asked = known->asked;
		f->hidden = known->hidden;
		memcpy(f->from, known->from, sizeof(f->from));
	}
	follow_changed(w, f);
}

void follow_keep_all(struct follow *w)
{
	if (!w->recall)
		return;
	recall_renew(w->recall);
	for (const struct followed *f = w->all; f; f = f->hh.next) {
		recall_keep_all(w->recall, f->space->sites);
		follow_changed(w, f);
	}
	recall_replace(w->recall);
}

struct followed *follow_add(struct follow *w, const struct tracked *t)
{
	struct followed *f = follow_find(w, t->pid, t->start_time);

	if (f)
		return f;
	if (HASH_COUNT(w->all) >= FOLLOWED_MAX)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->identity = identity_of(t->pid, t->start_time);
	f->space = take_space(w, t, NULL);
	memcpy(f->comm, t->comm, sizeof(f->comm));
	if (f->space)
		HASH_ADD(hh, w->all, identity, sizeof(f->identity), f);
	if (f->space && f->hh.tbl) {
		remember(w, f, t);
		return f;
	}
	space_unref(f->space);
	free(f);
	return NULL;
}

/* What is known of the process's files is of use a while longer, for what is still to come. */
static void leave_space(struct follow *w, struct followed *f)
{
	depart(w, f->space);
	space_unref(f->space);
}

/* After an exec the space can't be asked for by its process any more, nor the new one by the old.
 */
static void end_space(struct follow *w, const struct followed *f)
{
	if (f->space->pid == f->identity.pid && f->space->start_time == f->identity.start_time)
		resolution_end(w->resolution, f->space);
}

void follow_remove(struct follow *w, struct followed *f)
{
	HASH_DEL(w->all, f);
	leave_space(w, f);
	left_clear(&f->left);
	descriptor_list_free(f->held);
	free(f);
}

void follow_executed(struct follow *w, struct followed *f, const struct tracked *t)
{
	struct space *space;

	end_space(w, f);
	space = take_space(w, t, f->space->sites);
	if (!space)
		return;
	leave_space(w, f);
	f->space = space;
	memcpy(f->from, f->comm, sizeof(f->from));
	memcpy(f->comm, t->comm, sizeof(f->comm));
	follow_changed(w, f);
}

void follow_clear(struct follow *w)
{
	struct followed *f, *next;

	HASH_ITER (hh, w->all, f, next)
		follow_remove(w, f);
	follow_expire(w, UINT64_MAX);
}
