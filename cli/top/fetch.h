/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the daemon beside the keys: one thread makes a round of questions each interval, another
 * follows the events. However slow the daemon is, whoever looks at the screen does not wait.
 */
#ifndef FDWATCH_TOP_FETCH_H
#define FDWATCH_TOP_FETCH_H

#include <jansson.h>

#include "table.h"
#include "top/rows.h"

/* What the rounds ask for. */
struct wish {
	double interval; /* seconds between rounds */
	bool frozen;     /* no rounds at all */
	bool sites;
	bool incidents;
	uint64_t incident; /* one of them with its box too; 0: none */
	int32_t pid;       /* its details too; 0: of none */
};

/* What is new; whoever takes it frees it with news_clear(). */
struct news {
	int error;         /* -errno of the last round, 0 where it went well */
	bool round;        /* a round has ended since the last news */
	struct rows *rows; /* NULL: nothing new; so for all that follows */
	json_t *status;
	json_t *alarms; /* events, the latest last, to be added to those before */
	struct rows *sites;
	long sites_status; /* of HTTP, 0: not asked */
	json_t *incidents;
	long incidents_status;
	uint64_t incident_id; /* which one this is: */
	long incident_status;
	json_t *incident;
	int32_t pid; /* of whom these are: */
	long detail_status;
	json_t *detail; /* without its descriptors */
	struct table *descriptors;
	char *told;          /* what came of an order */
	bool refused;        /* and it was not done, */
	int32_t refused_pid; /* for this one */
};

struct fetch;

/* 0 or -errno; the path must outlive it. */
int fetch_start(struct fetch **fetch, const char *socket_path, const struct wish *wish);

/* Ends what is under way; returns soon. NULL is well. */
void fetch_stop(struct fetch *fetch);

/* Readable when there is news. */
int fetch_fd(const struct fetch *fetch);
void fetch_take(struct fetch *fetch, struct news *news);
void news_clear(struct news *news);

/* The next round is made at once where something is asked for that was not before. */
void fetch_wish(struct fetch *fetch, const struct wish *wish);
void fetch_now(struct fetch *fetch);

/* Has a process tracked, or no more; news.told says how it went. False: too many wait already. */
bool fetch_track(struct fetch *fetch, int32_t pid, bool track);

/* Why a round failed, in a few words. */
const char *fetch_problem(int error);

#endif
