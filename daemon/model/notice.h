/* SPDX-License-Identifier: BSD-2-Clause */
/* One thing that people are told: that an alarm was raised, has changed, or is over. */
#ifndef FDWATCH_MODEL_NOTICE_H
#define FDWATCH_MODEL_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/incident.h"

enum notice_step { NOTICE_RAISED, NOTICE_CHANGED, NOTICE_ENDED, NOTICE_STEP_COUNT };

enum notice_scope {
	NOTICE_PROCESS, /* one process and its RLIMIT_NOFILE */
	NOTICE_SYSTEM,  /* a limit of the host, or of one user on it */
	NOTICE_SCOPE_COUNT
};

#define NOTICE_NOBODY UINT32_MAX /* a uid: the limit is no user's */
#define NOTICE_SUMMARY_SIZE 1024

/*
 * Everything it says is copied in, so that it outlives its process and the daemon. It is written
 * to disk as it is in memory: zero it before filling it. Strings are NUL-terminated, any other
 * bytes, "" where unknown.
 */
struct notice {
	/* Rises from notice to notice, and is never used again. */
	uint64_t event_id;
	uint64_t incident; /* of all notices about one alarm */
	/* Microseconds since the epoch. */
	uint64_t real_time; /* of this notice */
	uint64_t began;     /* the alarm: its first sign, */
	uint64_t opened;    /* when it was raised, */
	uint64_t ended;     /* when it ended; 0: it has not */
	/* Of the process, microseconds since boot. */
	uint64_t start_time;
	uint64_t fds;        /* open, or what else counts against the limit */
	uint64_t soft_limit; /* LIMIT_INFINITY: none */
	double growth;       /* descriptors a second; NAN: unknown */
	double eta; /* seconds to exhaustion from real_time; NAN or INFINITY: none in sight */
	double eta_low, eta_high;
	enum notice_step step;
	enum notice_scope scope;
	enum process_state
		state; /* at NOTICE_ENDED: ok or growing, or the last of one that has ended */
	enum process_state previous;
	enum process_state worst; /* so far */
	enum incident_end end;    /* INCIDENT_OPEN but at NOTICE_ENDED */
	enum refusal_cause cause; /* of refusals during it; CAUSE_COUNT: there was none */
	int32_t pid;              /* 0 with NOTICE_SYSTEM */
	uint32_t uid;             /* or NOTICE_NOBODY */
	char resource[40];        /* the limit: "RLIMIT_NOFILE", "fs.file-max", … */
	char user[64];
	char comm[PROCESS_COMM_LEN];
	char unit[256];
	char container[65];
	char mark[64]; /* from the configuration */
};

/* "raised", "changed", "ended"; "process", "system". */
const char *notice_step_name(enum notice_step step);
const char *notice_scope_name(enum notice_scope scope);

/* Whether it is over because its process is no more. */
bool notice_is_gone(const struct notice *notice);

/*
 * The one line that people read, in UTF-8 without control characters: "nginx (pid 812,
 * nginx.service) will run out of descriptors in 2 h 10 min (1 h 30 min to 3 h): 812 of 1024 open".
 */
void notice_summary(const struct notice *notice, char *buffer, size_t size);

#endif
