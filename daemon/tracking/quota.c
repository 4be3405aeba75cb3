// SPDX-License-Identifier: BSD-2-Clause
/*
 * What one ordinary user may have tracked at once; what is beyond is given up, and told at its
 * run's end.
 */
#include "ingest/track.h"
#include "tracking/state.h"

static size_t tracked_of(const struct sites *s, uint32_t uid)
{
	size_t count = 0;

	for (const struct followed *f = s->follow.all; f; f = f->hh.next)
		count += f->bounded && f->uid == uid;
	return count;
}

bool sites_has_room(const struct sites *s, uint32_t uid)
{
	return tracked_of(s, uid) < SITES_USER_PROCESSES;
}

void sites_settle_beyond(struct sites *s)
{
	for (size_t i = 0; i < s->beyond_count; i++) {
		const struct track_wish *one = &s->beyond[i];
		struct followed *f = follow_find(&s->follow, one->pid, one->start_time);
		struct process *p = table_find(s->source.table, one->pid);

		if (f && f->run)
			f->run->untracked++;
		if (f)
			follow_remove(&s->follow, f);
		if (p && p->sample.start_time == one->start_time)
			p->sample.space = 0;
	}
	if (s->beyond_count)
		kernel_untrack_all(s->source.kernel, s->beyond, s->beyond_count);
	s->beyond_count = 0;
}

static void refuse(struct sites *s, const struct tracked *t)
{
	s->beyond[s->beyond_count++] = (struct track_wish){t->pid, t->start_time};
	if (s->beyond_count == TRACK_AT_ONCE)
		sites_settle_beyond(s);
}

void sites_forked(struct sites *s, const struct tracked *t)
{
	struct followed *f = follow_add(&s->follow, t), *parent = NULL;

	for (struct followed *other = s->follow.all; other && !parent; other = other->hh.next)
		if (other->identity.pid == t->parent_pid)
			parent = other;
	if (f && parent)
		follow_inherit(&s->follow, f, parent);
	else if (parent && parent->run)
		parent->run->untracked++;
	if (!f || !parent || (f->bounded && tracked_of(s, f->uid) > SITES_USER_PROCESSES))
		refuse(s, t);
}

/* Whether the kernel tracks it, as the last poll saw it. */
static const struct process *tracked_process(const struct sites *s, const struct followed *f)
{
	const struct process *p = table_find(s->source.table, f->identity.pid);

	return p && p->sample.start_time == f->identity.start_time && p->sample.space ? p : NULL;
}

/* Of a process of a run what it has open by then is its account. */
static void give_up(struct sites *s, struct followed *f)
{
	if (f->run)
		sites_account_standing(s, f);
	sites_end(s, f->identity.pid, f->identity.start_time);
}

void sites_hold_quotas(struct sites *s)
{
	struct followed *f, *next;

	HASH_ITER (hh, s->follow.all, f, next) {
		uint64_t records = 0;

		if (!f->bounded || !tracked_process(s, f))
			continue;
		for (struct followed *other = s->follow.all; other; other = other->hh.next) {
			const struct process *p = other->bounded && other->uid == f->uid
							  ? tracked_process(s, other)
							  : NULL;

			if (p)
				records += p->sample.fds;
			if (other == f)
				break;
		}
		if (records > SITES_USER_RECORDS)
			give_up(s, f);
	}
}
