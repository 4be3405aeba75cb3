/* SPDX-License-Identifier: BSD-2-Clause */
/* The tracked processes, by pid and start, and the address spaces they are in. */
#ifndef FDWATCH_TRACKING_FOLLOWED_H
#define FDWATCH_TRACKING_FOLLOWED_H

#include <stdbool.h>

#include "model/process.h"
#include "tracking/left.h"
#include "tracking/recall.h"
#include "tracking/resolution.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define FOLLOWED_MAX 16384 /* processes */

struct run;

struct identity {
	uint64_t start_time;
	int32_t pid;
	int32_t padding;
};

/* One tracked process. */
struct followed {
	struct identity identity;
	struct space *space;
	struct run *run; /* NULL: none */
	struct left left;
	struct descriptor_list *held; /* as it was held to be looked at; NULL: not yet */
	uint64_t since;               /* tracked from then on */
	uint64_t trimmed;             /* its sites were last given back */
	uint64_t missed;              /* of a run: no poll saw it since then; 0: it was seen */
	uint64_t worried;             /* when its state last wanted it */
	uint32_t uid;                 /* on whose behalf */
	bool bounded;                 /* that user has a quota */
	bool asked;                   /* by a user: not ended by itself */
	bool hidden; /* it ran what is not the user's own: its account is not theirs to see */
	bool seen;   /* by the poll under way */
	char comm[PROCESS_COMM_LEN];
	char from[PROCESS_COMM_LEN]; /* the program that executed this one */
	UT_hash_handle hh;
};

struct departed;

/* All zero but for the resolution is empty. Walked by `all` and hh.next. */
struct follow {
	struct followed *all;
	struct departed *departed; /* spaces that nobody is in any more */
	struct resolution *resolution;
	struct recall *recall; /* NULL: nothing is kept */
};

struct followed *follow_find(const struct follow *follow, int32_t pid, uint64_t start_time);

/* The process, known from now on; NULL without memory, or where there are too many. */
struct followed *follow_add(struct follow *follow, const struct tracked *tracked);

/* It runs another program. */
void follow_executed(struct follow *follow, struct followed *f, const struct tracked *tracked);

/* It is on the account that its parent is on. */
void follow_inherit(struct follow *follow, struct followed *f, const struct followed *parent);

/* On whose behalf it is tracked has changed. */
void follow_changed(struct follow *follow, const struct followed *f);

/* Puts all that is known of them anew where it is kept. */
void follow_keep_all(struct follow *follow);

void follow_remove(struct follow *follow, struct followed *f);

/* A space by its number, one that was left lately too; NULL: there is none. */
struct space *follow_space(const struct follow *follow, uint32_t number);

/* Forgets the spaces that were left before that moment. */
void follow_expire(struct follow *follow, uint64_t before);

/* Forgets all. */
void follow_clear(struct follow *follow);

#endif
