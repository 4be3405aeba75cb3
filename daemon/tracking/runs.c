// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/runs.h"

#include <stdlib.h>

struct run *runs_add(struct runs *runs, uint32_t uid, bool bounded, uint64_t now)
{
	struct run **free_place = NULL;
	size_t own = 0;

	runs_expire(runs, now);
	for (size_t i = 0; i < RUNS_MAX; i++) {
		if (!runs->all[i])
			free_place = free_place ?: &runs->all[i];
		else
			own += runs->all[i]->uid == uid;
	}
	if (!free_place || (bounded && own >= RUNS_USER_MAX))
		return NULL;
	*free_place = calloc(1, sizeof(**free_place));
	if (!*free_place)
		return NULL;
	/* No number is given twice, not even by the next daemon. */
	runs->last_id = runs->last_id < now ? now : runs->last_id + 1;
	(*free_place)->id = runs->last_id;
	(*free_place)->uid = uid;
	return *free_place;
}

struct run *runs_find(const struct runs *runs, uint64_t id)
{
	for (size_t i = 0; i < RUNS_MAX; i++)
		if (runs->all[i] && runs->all[i]->id == id)
			return runs->all[i];
	return NULL;
}

static void drop(struct run **run)
{
	run_clear(*run);
	free(*run);
	*run = NULL;
}

void runs_expire(struct runs *runs, uint64_t now)
{
	for (size_t i = 0; i < RUNS_MAX; i++)
		if (runs->all[i] && runs->all[i]->ended &&
		    runs->all[i]->ended + RUNS_KEPT_USEC < now)
			drop(&runs->all[i]);
}

void runs_remove(struct runs *runs, struct run *run)
{
	for (size_t i = 0; i < RUNS_MAX; i++)
		if (runs->all[i] == run)
			drop(&runs->all[i]);
}

void runs_clear(struct runs *runs)
{
	for (size_t i = 0; i < RUNS_MAX; i++)
		if (runs->all[i])
			drop(&runs->all[i]);
}
