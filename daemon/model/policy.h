/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the configuration wants for one process. Sections name processes by command, user, unit or
 * container; each key is taken from the most particular section that sets it: a container wins over
 * a unit, that over a user, that over a command; within a kind a plain name wins over a pattern,
 * and among patterns the later one.
 */
#ifndef FDWATCH_MODEL_POLICY_H
#define FDWATCH_MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/alarm.h"

#define POLICY_RULES_MAX \
	1000 /* sections: looked through when a process is new, not at each poll \
	      */
#define POLICY_PATTERN_SIZE 256
#define POLICY_MARK_SIZE 64

/* The least particular first. */
enum policy_kind { POLICY_COMMAND, POLICY_USER, POLICY_UNIT, POLICY_CONTAINER, POLICY_KIND_COUNT };

enum policy_tracking {
	TRACK_GROWING, /* from state growing on */
	TRACK_ALWAYS,
	TRACK_NEVER, /* unless a user asks */
};

struct policy {
	struct alarm_thresholds thresholds;
	uint64_t
		raise_most; /* raise the soft limit up to that; 0: never, LIMIT_INFINITY: to hard */
	enum policy_tracking tracking;
	bool silence;                /* nobody is told, and there is no incident */
	char mark[POLICY_MARK_SIZE]; /* a label for what is told; "": none */
};

/* Which members a section sets. */
enum policy_key {
	POLICY_WARNING = 1,
	POLICY_CRITICAL = 2,
	POLICY_SILENCE = 4,
	POLICY_MARK = 8,
	POLICY_RAISE = 16,
	POLICY_TRACK = 32,
};

struct policy_rule {
	enum policy_kind kind;
	unsigned set;         /* enum policy_key, together */
	struct policy policy; /* the members in `set` */
	char pattern[POLICY_PATTERN_SIZE];
};

/* What sections look at. A string that is NULL or "" is unknown and matches none. */
struct policy_subject {
	const char *comm;
	const char *unit;
	const char *container;
	const char *user; /* its name */
	uint32_t uid;     /* matches as a number too */
};

/* The sections, and each policy that they have made together so far. */
struct policies;

/* NULL without memory. */
struct policies *policies_new(void);
void policies_free(struct policies *policies);

/*
 * Adds a section that sets nothing yet; fill *rule before the first policies_match(). 0; -EEXIST:
 * there is one; -ENAMETOOLONG; -ENOSPC: there are POLICY_RULES_MAX; -ENOMEM.
 */
int policies_add(struct policies *policies, enum policy_kind kind, const char *pattern,
		 struct policy_rule **rule);

/* What is for all, where no section says otherwise. Before the first policies_match(). */
void policies_set_default(struct policies *policies, const struct policy *policy);
const struct policy *policies_default(const struct policies *policies);

/*
 * What applies to a process; good until policies_free(). Without memory for a new one that of all.
 */
const struct policy *policies_match(struct policies *policies,
				    const struct policy_subject *subject);

/* Whether any section names users, so that their names matter. */
bool policies_name_users(const struct policies *policies);

#endif
