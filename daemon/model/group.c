// SPDX-License-Identifier: BSD-2-Clause
#include "model/group.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 /* an entry that was not added has no hh.tbl */
#include <uthash.h>

#include "model/forecast.h"
#include "model/text.h"

struct member_group {
	struct group group; /* first: a group is its entry */
	uint64_t members;
	UT_hash_handle hh; /* by name */
};

struct groups {
	struct member_group *entries;
	struct member_group other; /* one of entries as soon as it is needed */
	size_t most;
	enum group_by by;
};

struct groups *groups_new(size_t most, enum group_by by)
{
	struct groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return NULL;
	groups->most = most;
	groups->by = by;
	snprintf(groups->other.group.name, sizeof(groups->other.group.name), GROUP_OTHER);
	return groups;
}

void groups_free(struct groups *groups)
{
	struct member_group *entry, *next;

	if (!groups)
		return;
	HASH_ITER (hh, groups->entries, entry, next) {
		HASH_DEL(groups->entries, entry);
		if (entry != &groups->other)
			free(entry);
	}
	free(groups);
}

static const char *name_of(const struct groups *groups, const struct process *process)
{
	const char *unit = process->identity.unit, *container = process->identity.container;

	if (groups->by == GROUP_BY_UNIT && unit[0])
		return unit;
	if (groups->by != GROUP_BY_COMMAND && container[0])
		return container;
	if (groups->by == GROUP_BY_CONTAINER && unit[0])
		return unit;
	return process->sample.comm[0] ? process->sample.comm : GROUP_OTHER;
}

/* The oldest group that nobody is in any more; NULL where there is none. */
static struct member_group *deserted(struct groups *groups)
{
	struct member_group *entry, *next;

	HASH_ITER (hh, groups->entries, entry, next) {
		if (!entry->members && entry != &groups->other)
			return entry;
	}
	return NULL;
}

static struct member_group *enter_other(struct groups *groups)
{
	struct member_group *other = &groups->other;

	if (!other->hh.tbl)
		HASH_ADD_STR(groups->entries, group.name, other);
	return other;
}

static struct member_group *make(struct groups *groups, const char *name)
{
	struct member_group *entry;

	if (!strcmp(name, GROUP_OTHER))
		return enter_other(groups);
	if (groups_size(groups) >= groups->most + (groups->other.hh.tbl != NULL)) {
		entry = deserted(groups);
		if (!entry)
			return enter_other(groups);
		HASH_DEL(groups->entries, entry);
		memset(entry, 0, sizeof(*entry));
	} else {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return enter_other(groups);
	}
	snprintf(entry->group.name, sizeof(entry->group.name), "%s", name);
	HASH_ADD_STR(groups->entries, group.name, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return enter_other(groups);
}

static struct member_group *find_or_make(struct groups *groups, const char *bytes)
{
	struct member_group *entry;
	char name[sizeof(entry->group.name)];

	/* Readers know a group by its text: two of one text would be one series told twice. */
	text_encode(name, sizeof(name), bytes);
	HASH_FIND_STR(groups->entries, name, entry);
	return entry ? entry : make(groups, name);
}

static uint64_t risen(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

void groups_leave(struct process *process)
{
	if (process->group)
		((struct member_group *)process->group)->members--;
	process->group = NULL;
}

void groups_take(struct groups *groups, struct process *process,
		 const struct process_sample *previous, bool moved)
{
	const struct process_sample *sample = &process->sample;
	struct group *group;

	if (moved)
		groups_leave(process);
	if (!process->group) {
		struct member_group *entry = find_or_make(groups, name_of(groups, process));

		entry->members++;
		process->group = &entry->group;
	}
	group = process->group;
	group->opened += risen(sample->opened, previous->opened);
	group->closed += risen(sample->closed, previous->closed);
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		group->refusals[cause] += risen(sample->refusals[cause], previous->refusals[cause]);
}

static void measure(struct group *group, const struct process *process)
{
	double ratio = process_usage(process);

	group->processes++;
	group->fds += process->sample.fds;
	if (ratio > group->worst_ratio)
		group->worst_ratio = ratio;
	if (process->state > group->state)
		group->state = process->state;
	if (process->forecast) {
		double eta = forecast_eta(process->forecast).eta;

		if (isfinite(eta))
			group->eta = fmin(group->eta, eta); /* the number where one is NAN */
	}
}

void groups_measure(struct groups *groups, struct table *table)
{
	struct member_group *entry, *next;

	HASH_ITER (hh, groups->entries, entry, next) {
		entry->group.processes = entry->group.fds = 0;
		entry->group.worst_ratio = 0;
		entry->group.eta = NAN;
		entry->group.state = STATE_OK;
	}
	for (struct process *process = table_next(table, NULL); process;
	     process = table_next(table, process))
		if (process->group)
			measure(process->group, process);
}

size_t groups_size(const struct groups *groups)
{
	return HASH_COUNT(groups->entries);
}

const struct group *groups_next(const struct groups *groups, const struct group *group)
{
	const struct member_group *entry =
		group ? ((const struct member_group *)group)->hh.next : groups->entries;

	return entry ? &entry->group : NULL;
}
