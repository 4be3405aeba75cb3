/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of incidents.h share. */
#ifndef FDWATCH_INCIDENTS_STATE_H
#define FDWATCH_INCIDENTS_STATE_H

#define HASH_NONFATAL_OOM 1 /* one that was not added has no hh.tbl */
#include <uthash.h>

#include "incidents/histories.h"
#include "incidents/incidents.h"
#include "incidents/telling.h"
#include "model/incident.h"

/* Which process, or which limit that processes share. */
struct key {
	uint64_t start_time; /* a limit's: a sum of its name */
	int64_t pid;         /* a limit's: 0 */
};

struct current {
	struct key key;
	struct incident incident;
	enum refusal_cause cause; /* the last; CAUSE_COUNT: none */
	uint64_t saved_at;        /* microseconds since boot */
	uint64_t put_count;       /* of the store, as it was saved */
	uint64_t doubt_until;     /* its process's state is not believed to be well; 0: it is */
	bool changed;             /* since it was saved */
	bool step_lost;           /* the store lacks its last notice */
	bool moved;               /* its count alone has changed since */
	bool seen;                /* a shared limit: since this daemon began */
	UT_hash_handle hh;
};

struct incidents {
	struct watch *watch;
	struct store *store;
	struct store_found *found; /* until it is resumed */
	struct histories *histories;
	struct telling *telling;
	struct serve_tracking tracking; /* who knows where descriptors were opened */
	sd_event_source *source;
	struct current *all;
	uint64_t last_id;
	uint64_t shown_at;    /* microseconds since boot: all was saved for who reads */
	uint64_t boxes_after; /* microseconds since boot: none is taken before */
	bool box_wanted;
	bool resumed;
	void (*log)(int level, const char *line, void *data);
};

struct key current_key(const struct process *process);

/* NULL where there is none. */
struct current *current_find(const struct incidents *incidents, struct key key);

/* NULL without memory. */
struct current *current_add(struct incidents *incidents, struct key key,
			    const struct incident *incident);
void current_forget(struct incidents *incidents, struct current *current);

/* Saves it; one that is over is forgotten once the store has taken it. */
void current_keep(struct incidents *incidents, struct current *current);

/* Tells and saves what a step did; `process` is NULL where there is none. */
void current_act(struct incidents *incidents, struct current *current, enum incident_step step,
		 const struct process *process);

/* Moves it on to what its process is now. Returns its id, 0 where there is none. */
uint64_t current_progress(struct incidents *incidents, struct current *current,
			  const struct process *process);

/* A process's state has changed, or is looked at for the first time. As current_progress(). */
uint64_t incidents_take_state(struct incidents *incidents, const struct process *process);

/* A limit that processes share, as it stands. */
void incidents_follow_shared(struct incidents *incidents, const struct shared_limit *limit);

void incidents_hook(struct incidents *incidents, struct watch *watch);

/*
 * Takes the black boxes that are due. A listing takes up to some ten milliseconds, which all else
 * waits for: where many are due, the rest comes at later polls.
 */
void boxes_take(struct incidents *incidents);

#endif
