/* SPDX-License-Identifier: BSD-2-Clause */
/* What a request asks for. */
#ifndef FDWATCH_SERVE_ROUTER_H
#define FDWATCH_SERVE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum route_kind {
	ROUTE_STATUS,
	ROUTE_PROCESSES,
	ROUTE_PROCESS,
	ROUTE_ROWS,
	ROUTE_EVENTS,
	ROUTE_SAMPLES,
	ROUTE_SITES,
	ROUTE_TRACK, /* PUT; DELETE ends it */
	ROUTE_RUNS,  /* POST starts one */
	ROUTE_RUN,
	ROUTE_INCIDENTS,
	ROUTE_INCIDENT,
	ROUTE_METRICS,
};

enum sort_key {
	SORT_USAGE,
	SORT_FDS,
	SORT_PEAK,
	SORT_OPENED,
	SORT_CLOSED,
	SORT_LIMIT,
	SORT_PID,
	SORT_COMM,
	SORT_USER,
	SORT_UNIT,
	SORT_COUNT
};

struct route {
	enum route_kind kind;
	enum sort_key sort; /* ROUTE_PROCESSES */
	size_t limit;       /* ROUTE_PROCESSES, ROUTE_INCIDENTS: the most that are wanted; 0: all */
	int32_t pid;  /* ROUTE_PROCESS, ROUTE_TRACK, ROUTE_RUNS; ROUTE_SITES; 0: none is named */
	uint64_t run; /* ROUTE_RUN: its id */
	uint64_t incident; /* ROUTE_INCIDENT: its id; 0 for the others */
	bool settles;      /* ROUTE_RUN: by PUT, waits until all seen of `pid` is resolved */
	bool removes;      /* ROUTE_TRACK: by DELETE */
	bool waited;       /* set by who has waited for a poll to show a new process */
	bool impatient;    /* who does not wait, or has long enough: what there is is the answer */
	bool follow;       /* ROUTE_EVENTS */
	uint64_t max_age;  /* ROUTE_ROWS: of the poll, in microseconds; 0: any */
};

#define ROUTE_INCIDENTS_MOST 10000 /* of one answer, the newest first */
#define ROUTE_ERROR_SIZE 256

/*
 * Where a path, without its query, leads. Returns 0, or the HTTP status of a refusal with its line
 * in `error`.
 */
unsigned route_path(struct route *route, const char *path, char error[ROUTE_ERROR_SIZE]);

/* The methods that a path knows, as in the header "Allow". */
const char *route_allow(const struct route *route);

/* Takes the method. Returns as route_path() does. */
unsigned route_method(struct route *route, const char *method, char error[ROUTE_ERROR_SIZE]);

#define ROUTE_BODY_MAX 128

/* Takes the body of a POST, {"pid":1234}. Returns as route_path() does. */
unsigned route_body(struct route *route, const char *body, size_t length,
		    char error[ROUTE_ERROR_SIZE]);

/* Takes one argument of the query; `value` NULL: it has none. Returns as route_path() does. */
unsigned route_argument(struct route *route, const char *key, const char *value,
			char error[ROUTE_ERROR_SIZE]);

#endif
