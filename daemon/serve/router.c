// SPDX-License-Identifier: BSD-2-Clause
#include "serve/router.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAD_REQUEST 400
#define NOT_FOUND 404
#define PROCESS_PREFIX "/v1/processes/"

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

unsigned route_path(struct route *route, const char *path, char error[ROUTE_ERROR_SIZE])
{
	static const struct {
		const char *path;
		enum route_kind kind;
	} fixed[] = {
		{"/v1/status", ROUTE_STATUS},
		{"/v1/processes", ROUTE_PROCESSES},
		{"/v1/events", ROUTE_EVENTS},
		{"/metrics", ROUTE_METRICS},
	};

	*route = (struct route){};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(path, fixed[i].path))
			continue;
		route->kind = fixed[i].kind;
		return 0;
	}
	if (!strncmp(path, PROCESS_PREFIX, strlen(PROCESS_PREFIX)) &&
	    !strchr(path + strlen(PROCESS_PREFIX), '/'))
		return route_process(route, path + strlen(PROCESS_PREFIX), error);
	snprintf(error, ROUTE_ERROR_SIZE,
		 "no such resource; there are /v1/status, /v1/processes, /v1/processes/PID, "
		 "/v1/events and /metrics");
	return NOT_FOUND;
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

static unsigned take_follow(struct route *route, const char *value, char error[ROUTE_ERROR_SIZE])
{
	route->follow = !strcmp(value, "1");
	if (route->follow || !strcmp(value, "0"))
		return 0;
	snprintf(error, ROUTE_ERROR_SIZE, "follow takes 1 or 0");
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
	};

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (arguments[i].kind == route->kind && !strcmp(arguments[i].key, key))
			return arguments[i].take(route, value ? value : "", error);
	snprintf(error, ROUTE_ERROR_SIZE,
		 "unknown query argument; /v1/processes takes sort and limit, /v1/events follow");
	return BAD_REQUEST;
}
