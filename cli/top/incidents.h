/* SPDX-License-Identifier: BSD-2-Clause */
/* Incidents and alarms as lines, and the whole story of one. */
#ifndef FDWATCH_TOP_INCIDENTS_H
#define FDWATCH_TOP_INCIDENTS_H

#include <jansson.h>

#include "top/fetch.h"
#include "top/pager.h"

/*
 * Incidents and alarms, of `pid` or (0) of all, as text. The subject of a line's mark is the
 * incident it tells of, 0 where there is none.
 */
void incidents_page(struct pager *pager, json_t *incidents, long status, json_t *alarms,
		    int32_t pid, size_t width);

/* One incident. All zero is none. */
struct story {
	uint64_t id;
	long status;    /* of HTTP; 0: no answer yet */
	json_t *answer; /* NULL before the first */
	struct pager page;
	size_t width; /* that the page is made for; 0: for none */
};

void story_open(struct story *story, uint64_t id);
void story_close(struct story *story);

/* Takes over what a round has found. */
void story_take(struct story *story, struct news *news);

/* It has ended and is known: asking again would tell the same. */
bool story_is_final(const struct story *story);

/* Makes the page for a window of this width: times, states, what was open, where from, alarms. */
void story_render(struct story *story, json_t *alarms, size_t width);

#endif
