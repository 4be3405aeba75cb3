/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes by what they belong to: a unit, else a container, else a command's name. Counters only
 * rise: what ended processes have added stays. There are so many groups at most, and where one more
 * is wanted, one whose processes have all ended gives way; if there is none, the process counts in
 * the group `other`, and nothing is dropped.
 */
#ifndef FDWATCH_MODEL_GROUP_H
#define FDWATCH_MODEL_GROUP_H

#include <stddef.h>

#include "model/table.h"

#define GROUP_OTHER "other"
#define GROUPS_MOST 1000 /* some 20,000 series: ten times what a large host has */

/* What comes first in naming a group; the others follow in this order. */
enum group_by {
	GROUP_BY_UNIT,
	GROUP_BY_CONTAINER,
	GROUP_BY_COMMAND,
};

struct group {
	char name[256]; /* UTF-8: what is none in the bytes that name it stands there as \xNN */
	/* Counters, added up as samples come. */
	uint64_t opened;
	uint64_t closed;
	uint64_t refusals[CAUSE_COUNT];
	/* As of the last groups_measure(). */
	uint64_t processes;
	uint64_t fds;
	double worst_ratio;       /* of descriptors to soft limit */
	double eta;               /* least, seconds; NAN: none is known */
	enum process_state state; /* worst */
};

struct groups;

/* `most`: groups beside `other`. NULL without memory. */
struct groups *groups_new(size_t most, enum group_by by);
void groups_free(struct groups *groups);

/*
 * Adds what a sample brought to its process's group; `previous` is the sample before it, all zero
 * for a new process, whose totals count from its beginning. `moved`: its group may be another now.
 */
void groups_take(struct groups *groups, struct process *process,
		 const struct process_sample *previous, bool moved);

/* A process is about to go. */
void groups_leave(struct process *process);

/* Looks at every process of the table, for the figures that are of one moment. */
void groups_measure(struct groups *groups, struct table *table);

size_t groups_size(const struct groups *groups);

/* Walks the groups in the order of their coming: NULL asks for the first and follows the last. */
const struct group *groups_next(const struct groups *groups, const struct group *group);

#endif
