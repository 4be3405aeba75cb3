/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of one process, ranked by how many descriptors each left open. */
#ifndef FDWATCH_MODEL_SITE_RANK_H
#define FDWATCH_MODEL_SITE_RANK_H

#include "model/descriptor.h"
#include "model/site.h"
#include "model/verdict.h"

#define PLACE_EXAMPLES 5
#define PLACE_EXAMPLE_SIZE 256 /* longer paths are cut at their beginning, and say so */

struct place {
	const struct site *site;        /* whose frames are shown: the one with the most live */
	char *examples[PLACE_EXAMPLES]; /* paths or peers, no two the same */
	size_t example_count;
	size_t live;
	size_t stacks;      /* ways that lead to it */
	uint64_t opened;    /* in all */
	uint64_t elsewhere; /* of those closed by another thread than opened them */
	uint64_t oldest;    /* ages, microseconds */
	uint64_t median;
	const char *reason; /* for the verdict, static */
	enum verdict verdict;
	enum fdw_kind kind; /* of most */
};

/* It owns its strings and shares the sites, so it may outlive the process. */
struct ranking {
	struct site_set *set;
	struct place *places;
	size_t count;
	size_t live;        /* descriptors in all */
	size_t unexplained; /* of live: opened nobody saw where */
	size_t pending;     /* sites whose frames are still to come */
};

/*
 * Ranks what the list holds by the sites of the set, most live first; `now` in microseconds since
 * boot. A process that holds `limit` descriptors can open no more, so that nothing has been opened
 * since says nothing of its places. *ranking is to be freed in any case. 0 or -ENOMEM.
 */
int ranking_make(struct ranking *ranking, struct site_set *set, const struct descriptor_list *list,
		 uint64_t limit, uint64_t now);
void ranking_free(struct ranking *ranking);

#endif
