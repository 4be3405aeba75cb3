/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alarm from its first sign to its end. It is latent while a process only grows, opens when that
 * has become a worry, and ends when the state is back at ok or growing: how soon that is, is the
 * alarm's to say. Times are microseconds since the epoch.
 */
#ifndef FDWATCH_MODEL_INCIDENT_H
#define FDWATCH_MODEL_INCIDENT_H

#include <stddef.h>

#include "model/process.h"
#include "model/system.h"

enum incident_type {
	INCIDENT_PROCESS,
	INCIDENT_SYSTEM, /* a limit of the host or of a user: no process */
	INCIDENT_TYPE_COUNT
};

/* Why it is over. */
enum incident_end {
	INCIDENT_OPEN,
	INCIDENT_RECOVERED, /* the state is ok or growing again */
	INCIDENT_EXITED,    /* the process ended */
	INCIDENT_AWAY,      /* it went on or ended while nobody watched */
	INCIDENT_REBOOTED,  /* the host was started anew */
	INCIDENT_END_COUNT
};

/* What the black box was last filled for; a later one takes the place of an earlier. */
enum incident_box {
	INCIDENT_BOX_NONE,
	INCIDENT_BOX_CRITICAL,
	INCIDENT_BOX_REFUSAL,
	INCIDENT_BOX_COUNT
};

/* What an update did. */
enum incident_step {
	INCIDENT_SAME,
	INCIDENT_OPENED,
	INCIDENT_CHANGED, /* its state */
	INCIDENT_ENDED,
};

struct incident {
	uint64_t id;      /* 0: latent */
	uint64_t began;   /* its first sign: when growing began, else as opened */
	uint64_t opened;  /* 0: latent */
	uint64_t changed; /* its state, last */
	uint64_t ended;   /* 0: open */
	uint64_t start_time;
	uint64_t fds; /* at the last look */
	uint64_t fds_highest;
	uint64_t soft_limit;
	uint64_t refusals[CAUSE_COUNT];        /* during it */
	uint64_t refusals_before[CAUSE_COUNT]; /* the process's totals before its first sign */
	double eta;                            /* seconds; as struct forecast_eta has it */
	enum incident_type type;
	enum incident_end end;
	enum incident_box box;
	enum process_state state; /* at its end: the last one */
	enum process_state previous;
	enum process_state worst;
	int32_t pid;
	uint32_t uid, euid, suid; /* who may see it */
	bool dumpable;            /* at every look */
	char comm[PROCESS_COMM_LEN];
	char unit[256];
	char container[65];
	char subject[SHARED_NAME_SIZE]; /* of a system incident: which limit; "" */
};

/* What is asked for of those that are kept, the newest first. */
struct incident_query {
	uint64_t id;  /* this one; 0: all */
	size_t limit; /* at most so many */
	bool all;     /* also those that are not wholly `uid`'s */
	uint32_t uid;
};

/* A question to who keeps incidents; the functions are given `data`. */
struct incident_reading {
	struct incident_query query;
	/*
	 * In another thread, for each that is found. The text is its black box, NULL where it has
	 * none or all are asked for.
	 */
	void (*found)(const struct incident *incident, const char *box, size_t length, void *data);
	/* On the event loop: all was found, or -errno. Called once, but where the asking failed. */
	void (*done)(int result, void *data);
	void *data;
};

/* The next id: the time, or the least that is above `last`. Fits in 2^53 until the year 2255. */
uint64_t incident_next_id(uint64_t last, uint64_t real_time);

/* A latent one of a process that has begun to grow; `began` 0: nobody knows when. */
void incident_watch(struct incident *incident, const struct process *process, uint64_t began);

/*
 * Takes over a process's state and counts as they are now, with its time left. A latent one opens
 * under `id`; one that has ended stays as it is.
 */
enum incident_step incident_update(struct incident *incident, const struct process *process,
				   double eta, uint64_t id, uint64_t now);

/* The same of a limit that processes share; `name` is of the kind that shared_name() gives. */
void incident_watch_shared(struct incident *incident, const struct shared_limit *limit,
			   const char *name, uint64_t began);
enum incident_step incident_update_shared(struct incident *incident,
					  const struct shared_limit *limit, double eta, uint64_t id,
					  uint64_t now);

/* After a look: its refusals are the process's totals less those before its first sign. */
void incident_count(struct incident *incident, const struct process *process);

/* The wall clock was set by so many microseconds: what is not over goes on by the new one. */
void incident_shift(struct incident *incident, int64_t by);

/* A refusal, which a look may have counted already: one, until the next look counts them all. */
void incident_refuse(struct incident *incident, enum refusal_cause cause);

/* Never before it opened, whatever the clock says. */
void incident_finish(struct incident *incident, enum incident_end end, uint64_t now);

/* What a black box is due for, INCIDENT_BOX_NONE where it has it. */
enum incident_box incident_wants_box(const struct incident *incident);

/* "process", "system". */
const char *incident_type_name(enum incident_type type);

/* As people read it: "recovered", "process ended", … ; NULL while it is open. */
const char *incident_end_name(enum incident_end end);

/* "critical", "refusal"; NULL where there is none. */
const char *incident_box_name(enum incident_box box);

#endif
