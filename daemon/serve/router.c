// SPDX-License-Identifier: BSD-2-Clause
#include "serve/router.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAD_REQUEST 400
#define NOT_FOUND 404
#define NOT_ALLOWED 405
#define PROCESS_PREFIX "/v1/processes/"
#define RUN_PREFIX "/v1/runs/"
#define INCIDENT_PREFIX "/v1/incidents/"
#define INCIDENT_MAX ((uint64_t)1 << 53)

/* A number from 1 to `most` and nothing around it; 0 for all else. */
static uint64_t parse_number(const char *text, uint64_t most)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno || *end || number > most ? 0 : number;
}

static unsigned route_process(struct route *route, const char *pid, char error[ROUTE_ERROR_SIZE])
{
	route->kind = ROUTE_PROCESS;
	route->pid = (int32_t)parse_number(pid, INT32_MAX);
	if (route->pid)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "a process is named by its pid, a number from 1 up");
	return BAD_REQUEST;
}

static unsigned take_pid(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->pid = (int32_t)parse_number(value, INT32_MAX);
	if (route->pid)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "pid takes a number from 1 up");
	return BAD_REQUEST;
}

/* /v1/processes/PID/track and the like, cut into their parts. */
static bool is_part(const char *path, char pid[12], enum route_kind *kind)
{
	const char *rest = path + strlen(PROCESS_PREFIX);
	const char *slash = strchr(rest, '/');

	if (!slash || slash - rest >= 12)
		return false;
	if (!strcmp(slash, "/track"))
		*kind = ROUTE_TRACK;
	else if (!strcmp(slash, "/samples"))
		*kind = ROUTE_SAMPLES;
	else
		return false;
	memcpy(pid, rest, (size_t)(slash - rest));
	pid[slash - rest] = '\0';
	return true;
}

static unsigned route_run(struct route *route, const char *id, char error[ROUTE_ERROR_SIZE])
{
	route->kind = ROUTE_RUN;
	route->run = parse_number(id, UINT64_MAX);
	if (route->run)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "a run is named by the number it was given");
	return BAD_REQUEST;
}

static unsigned route_incident(struct route *route, const char *id, char error[ROUTE_ERROR_SIZE])
{
	route->kind = ROUTE_INCIDENT;
	route->incident = parse_number(id, INCIDENT_MAX);
	if (route->incident)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "an incident is named by its id, a number from 1 up");
	return BAD_REQUEST;
}

static unsigned route_below_process(struct route *route, const char *path,
				    char error[ROUTE_ERROR_SIZE])
{
	enum route_kind kind;
	unsigned status;
	char pid[12];

	if (!is_part(path, pid, &kind))
		return route_process(route, path + strlen(PROCESS_PREFIX), error);
	status = route_process(route, pid, error);
	route->kind = kind;
	return status;
}

/* Whether it is one process or something of it. */
static bool is_of_process(const char *path)
{
	enum route_kind kind;
	char pid[12];

	return !strncmp(path, PROCESS_PREFIX, strlen(PROCESS_PREFIX)) &&
	       (!strchr(path + strlen(PROCESS_PREFIX), '/') || is_part(path, pid, &kind));
}

unsigned route_path(struct route *route, const char *path, char error[ROUTE_ERROR_SIZE])
{
	static const struct {
		const char *path;
		enum route_kind kind;
	} fixed[] = {
		{"/v1/status", ROUTE_STATUS}, {"/v1/processes", ROUTE_PROCESSES},
		{"/v1/events", ROUTE_EVENTS}, {"/v1/sites", ROUTE_SITES},
		{"/v1/runs", ROUTE_RUNS},     {"/metrics", ROUTE_METRICS},
		{"/v1/rows", ROUTE_ROWS},     {"/v1/incidents", ROUTE_INCIDENTS},
	};

	*route = (struct route){};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(path, fixed[i].path))
			continue;
		route->kind = fixed[i].kind;
		return 0;
	}
	if (is_of_process(path))
		return route_below_process(route, path, error);
	if (!strncmp(path, RUN_PREFIX, strlen(RUN_PREFIX)))
		return route_run(route, path + strlen(RUN_PREFIX), error);
	if (!strncmp(path, INCIDENT_PREFIX, strlen(INCIDENT_PREFIX)))
		return route_incident(route, path + strlen(INCIDENT_PREFIX), error);
	snprintf(error, ROUTE_ERROR_SIZE,
		 "no such resource; there are /v1/status, /v1/processes, /v1/processes/PID, "
		 "/v1/processes/PID/track, /v1/processes/PID/samples, /v1/sites, /v1/runs, "
		 "/v1/rows, /v1/events, /v1/incidents, /v1/incidents/ID and /metrics");
	return NOT_FOUND;
}

const char *route_allow(const struct route *route)
{
	switch (route->kind) {
	case ROUTE_TRACK:
		return "PUT, DELETE";
	case ROUTE_RUNS:
		return "POST";
	case ROUTE_RUN:
		return "GET, HEAD, PUT";
	default:
		return "GET, HEAD";
	}
}

unsigned route_method(struct route *route, const char *method, char error[ROUTE_ERROR_SIZE])
{
	const char *allowed = route_allow(route);
	const char *found = strstr(allowed, method);

	route->removes = !strcmp(method, "DELETE");
	route->settles = !strcmp(method, "PUT") && route->kind == ROUTE_RUN;
	if (found && (found == allowed || found[-1] == ' ') &&
	    (found[strlen(method)] == '\0' || found[strlen(method)] == ','))
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "only %s %s known here", allowed,
		 strchr(allowed, ',') ? "are" : "is");
	return NOT_ALLOWED;
}

unsigned route_body(struct route *route, const char *body, size_t length,
		    char error[ROUTE_ERROR_SIZE])
{
	char text[ROUTE_BODY_MAX + 1];
	int pid = 0, end = 0;

	snprintf(text, sizeof(text), "%.*s", (int)(length < ROUTE_BODY_MAX ? length : 0), body);
	if (sscanf(text, " { \"pid\" : %9d } %n", &pid, &end) == 1 && pid > 0 && end &&
	    text[end] == '\0') {
		route->pid = pid;
		return 0;
	}
	snprintf(error, ROUTE_ERROR_SIZE, "the request's body must be {\"pid\":N}");
	return BAD_REQUEST;
}

static unsigned take_sort(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	static const char *const names[SORT_COUNT] = {
		[SORT_USAGE] = "usage",   [SORT_FDS] = "fds",       [SORT_PEAK] = "peak",
		[SORT_OPENED] = "opened", [SORT_CLOSED] = "closed", [SORT_LIMIT] = "limit",
		[SORT_PID] = "pid",       [SORT_COMM] = "comm",     [SORT_USER] = "user",
		[SORT_UNIT] = "unit",
	};

	for (int key = 0; key < SORT_COUNT; key++) {
		if (strcmp(value, names[key]))
			continue;
		route->sort = (enum sort_key)key;
		return 0;
	}
	snprintf(error, ROUTE_ERROR_SIZE,
		 "sort takes usage, fds, peak, opened, closed, limit, pid, comm, user or unit");
	return BAD_REQUEST;
}

static unsigned take_limit(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->limit = parse_number(value, UINT32_MAX);
	if (route->limit)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "limit takes a number from 1 up");
	return BAD_REQUEST;
}

static unsigned take_newest(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->limit = parse_number(value, ROUTE_INCIDENTS_MOST);
	if (route->limit)
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "limit takes a number from 1 to %d",
		 ROUTE_INCIDENTS_MOST);
	return BAD_REQUEST;
}

static unsigned take_follow(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->follow = !strcmp(value, "1");
	if (route->follow || !strcmp(value, "0"))
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "follow takes 1 or 0");
	return BAD_REQUEST;
}

/* Who looks each second takes what there is. */
static unsigned take_wait(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->impatient = !strcmp(value, "0");
	if (route->impatient || !strcmp(value, "1"))
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "wait takes 1 or 0");
	return BAD_REQUEST;
}

static unsigned take_age(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	char *end;
	double seconds = strtod(value, &end);

	if (isdigit((unsigned char)*value) && !*end && seconds >= 0.001 && seconds <= 86400) {
		route->max_age = (uint64_t)(seconds * 1e6);
		return 0;
	}
	snprintf(error, ROUTE_ERROR_SIZE, "max_age_seconds takes a number from 0.001 to 86400");
	return BAD_REQUEST;
}

unsigned route_argument(struct route *route, const char *key, const char *value,
			char error[ROUTE_ERROR_SIZE])
{
	static const struct {
		enum route_kind kind;
		const char *key;
		unsigned (*take)(struct route *route, const char *value, char *error);
	} arguments[] = {
		{ROUTE_PROCESSES, "sort", take_sort},
		{ROUTE_PROCESSES, "limit", take_limit},
		{ROUTE_EVENTS, "follow", take_follow},
		{ROUTE_SAMPLES, "follow", take_follow},
		{ROUTE_SITES, "pid", take_pid},
		{ROUTE_SITES, "wait", take_wait},
		{ROUTE_PROCESS, "wait", take_wait},
		{ROUTE_RUNS, "pid", take_pid},
		{ROUTE_RUN, "pid", take_pid},
		{ROUTE_ROWS, "max_age_seconds", take_age},
		{ROUTE_INCIDENTS, "limit", take_newest},
	};

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (arguments[i].kind == route->kind && !strcmp(arguments[i].key, key))
			return arguments[i].take(route, value ? value : "", error);
	snprintf(error, ROUTE_ERROR_SIZE,
		 "unknown query argument; /v1/processes takes sort and limit, /v1/incidents limit, "
		 "/v1/events and "
		 "samples follow, "
		 "/v1/sites and /v1/runs pid, /v1/sites and /v1/processes/PID wait, "
		 "/v1/rows max_age_seconds");
	return BAD_REQUEST;
}
