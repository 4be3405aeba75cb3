/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened to processes: a bounded history, and those who follow it. */
#ifndef FDWATCH_MODEL_EVENT_H
#define FDWATCH_MODEL_EVENT_H

#include <stddef.h>

#include "model/process.h"

enum event_type {
	EVENT_STATE,     /* state changed from previous */
	EVENT_EMFILE,    /* refused with EMFILE */
	EVENT_ENFILE,    /* refused with ENFILE */
	EVENT_THRESHOLD, /* 80, 90 or 95 % of the soft limit reached */
	EVENT_LIMIT,     /* soft or hard limit changed */
	EVENT_EXIT,      /* a process that a snapshot had shown has ended */
	EVENT_TYPE_COUNT
};

/* One event. Everything it says is copied in, so that it outlives its process. */
struct event {
	uint64_t id;        /* 1, 2, 3 …, set by event_log_add() */
	uint64_t serial;    /* the same without exits, 0 for those: a gap tells what was lost */
	uint64_t real_time; /* microseconds since the epoch */
	uint64_t start_time;
	uint64_t fds;
	uint64_t soft_limit;
	uint64_t previous_limit; /* EVENT_LIMIT */
	uint64_t incident;       /* 0: none */
	double eta;              /* seconds to exhaustion; NAN: unknown, INFINITY: not in sight */
	enum event_type type;
	enum process_state state;
	enum process_state previous; /* EVENT_STATE */
	enum refusal_cause cause;    /* EVENT_EMFILE, EVENT_ENFILE */
	int32_t pid;
	uint32_t percent;         /* EVENT_THRESHOLD */
	uint32_t uid, euid, suid; /* who may see it: as the process's own */
	bool dumpable;
	const char *reason; /* static; what is to blame beside `cause`: "fs.nr_open"; or NULL */
	char comm[PROCESS_COMM_LEN];
	char unit[256];
	char subject[96]; /* of what processes share: "fs.file-max"; "": it is of a process */
};

#define EVENT_LOG_CAPACITY 4096 /* history kept, in events: about 2 MiB */
#define EVENT_LOG_EXITS 512     /* exits have a history of their own: there are so many */

struct event_log;

struct event_log *event_log_new(void);
void event_log_free(struct event_log *log);

/* Copies the event in, the oldest gives way, followers are told. Gives it the next id. */
void event_log_add(struct event_log *log, const struct event *event);

/* The first event with an id above `after`, or NULL; event_log_next(log, 0) is the oldest kept. */
const struct event *event_log_next(const struct event_log *log, uint64_t after);

/* The newest id, and the newest serial; 0 before the first. */
uint64_t event_log_last(const struct event_log *log);
uint64_t event_log_serial(const struct event_log *log);

/* One function is called after each event_log_add(). */
void event_log_on_add(struct event_log *log, void (*added)(void *data), void *data);

const char *event_type_name(enum event_type type);

#endif
