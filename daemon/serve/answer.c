// SPDX-License-Identifier: BSD-2-Clause
#include "serve/answer.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/answer_sites.h"
#include "serve/json.h"
#include "serve/look.h"
#include "serve/rows.h"

#define COMMAND_SIZE 4096
#define USER_SIZE 64

/* One process of a list; a user's name is good only until the next is asked for. */
struct row {
	const struct process *process;
	char user[USER_SIZE];
};

static uint64_t boot_time(void)
{
	return clock_usec(CLOCK_REALTIME) - clock_usec(CLOCK_BOOTTIME);
}

static const char *user_name(const struct serve_source *source, uint32_t uid)
{
	return source->user_name ? source->user_name(uid, source->data) : NULL;
}

static unsigned answer_status(const struct serve_source *source, const struct peer *peer,
			      struct writer *body)
{
	const struct json_shared shared = {
		.limits = source->shared,
		.user_name = source->user_name,
		.data = source->data,
		.uid = peer->uid,
		.all = peer->sees_all,
	};

	json_status(body, source->status, &shared, table_size(source->table),
		    clock_usec(CLOCK_BOOTTIME));
	return MHD_HTTP_OK;
}

static int compare_falling(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare_usage(const struct row *a, const struct row *b)
{
	double left = process_usage(a->process), right = process_usage(b->process);

	return left < right ? 1 : left > right ? -1 : 0;
}

static int compare_key(const struct row *a, const struct row *b, enum sort_key key)
{
	const struct process_sample *left = &a->process->sample, *right = &b->process->sample;

	switch (key) {
	case SORT_FDS:
		return compare_falling(left->fds, right->fds);
	case SORT_PEAK:
		return compare_falling(left->peak, right->peak);
	case SORT_OPENED:
		return compare_falling(left->opened, right->opened);
	case SORT_CLOSED:
		return compare_falling(left->closed, right->closed);
	case SORT_LIMIT:
		return compare_falling(left->soft_limit, right->soft_limit);
	case SORT_COMM:
		return strcmp(left->comm, right->comm);
	case SORT_USER:
		return strcmp(a->user, b->user);
	case SORT_UNIT:
		return strcmp(a->process->identity.unit, b->process->identity.unit);
	case SORT_PID:
		return 0;
	default:
		return compare_usage(a, b);
	}
}

static int compare_rows(const void *left, const void *right, void *key)
{
	const struct row *a = left, *b = right;

	return compare_key(a, b, *(const enum sort_key *)key)
		       ?: a->process->sample.pid - b->process->sample.pid;
}

static void fill_row(struct row *row, const struct process *process,
		     const struct serve_source *source)
{
	const char *user = user_name(source, process->sample.uid);

	row->process = process;
	if (user)
		snprintf(row->user, sizeof(row->user), "%s", user);
	else
		snprintf(row->user, sizeof(row->user), "%u", process->sample.uid);
}

static size_t fill_rows(struct row *rows, const struct serve_source *source,
			const struct peer *peer)
{
	size_t count = 0;

	for (struct process *process = table_next(source->table, NULL); process;
	     process = table_next(source->table, process))
		if (peer_sees_process(peer, &process->sample, source))
			fill_row(&rows[count++], process, source);
	return count;
}

static void write_rows(struct writer *body, const struct row *rows, size_t count)
{
	struct json_process_extras extras = {.boot_time = boot_time()};

	write_open(body, NULL, '{');
	write_open(body, "processes", '[');
	for (size_t i = 0; i < count; i++) {
		extras.user = rows[i].user;
		write_open(body, NULL, '{');
		json_process(body, rows[i].process, &extras);
		write_close(body, '}');
	}
	write_close(body, ']');
	write_close(body, '}');
	write_line_end(body);
}

static unsigned answer_processes(const struct serve_source *source, const struct peer *peer,
				 const struct route *route, struct writer *body)
{
	enum sort_key key = route->sort;
	_free_ struct row *rows = calloc(table_size(source->table) + 1, sizeof(*rows));
	size_t count;

	if (!rows) {
		body->failed = true;
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	count = fill_rows(rows, source, peer);
	qsort_r(rows, count, sizeof(*rows), compare_rows, &key);
	if (route->limit && route->limit < count)
		count = route->limit;
	write_rows(body, rows, count);
	return MHD_HTTP_OK;
}

/* "" where it is not known. */
static void read_command(char *command, size_t size, const struct process_sample *sample,
			 const struct serve_source *source)
{
	command[0] = '\0';
	if (source->command_line &&
	    source->command_line(sample->pid, sample->start_time, command, size, source->data) < 0)
		command[0] = '\0';
}

/* The counts are those of the listing, so that all is of one moment. */
static void write_process(struct writer *body, const struct serve_source *source,
			  const struct process *process, const char *command,
			  const struct descriptor_list *list, const struct ranking *ranking)
{
	struct json_process_extras extras = {
		.user = user_name(source, process->sample.uid),
		.boot_time = boot_time(),
	};
	struct process now = *process;

	now.sample.fds = list->taken;
	now.sample.reserved = list->reserved;
	now.sample.reserved_known = true;
	if (now.sample.peak < list->taken)
		now.sample.peak = list->taken;
	write_open(body, NULL, '{');
	json_process(body, &now, &extras);
	write_known(body, "command", command);
	json_descriptors(body, list, ranking->set, clock_usec(CLOCK_BOOTTIME));
	json_ranking(body, process->sample.pid, process->sample.comm, ranking);
	json_past(body, process, source->status->polled);
	write_close(body, '}');
	write_line_end(body);
}

static unsigned answer_process(const struct serve_source *source, const struct peer *peer,
			       const struct route *route, struct writer *body)
{
	const struct process *process = look_find(source, peer, route->pid);
	_cleanup_(look_free_list) struct descriptor_list *list = NULL;
	_cleanup_(ranking_free) struct ranking ranking = {};
	struct process_sample before;
	char command[COMMAND_SIZE];
	int r;

	if (!process)
		return look_no_process(route->pid, body);
	before = process->sample;
	r = source->list_descriptors(before.pid, before.start_time, &list, source->data);
	read_command(command, sizeof(command), &before, source);
	process = look_again(source, peer, &before);
	if (r == -ESRCH || !process)
		return look_no_process(route->pid, body);
	if (r < 0)
		return look_unreadable(r, body);
	look_rank(source, &before, list, &ranking);
	if (ranking.pending && !route->impatient)
		return ANSWER_LATER;
	write_process(body, source, process, command, list, &ranking);
	return MHD_HTTP_OK;
}

unsigned answer_route(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body)
{
	if (source->refresh && route->kind != ROUTE_STATUS &&
	    (route->kind != ROUTE_RUN || route->settles))
		source->refresh(source->data);
	switch (route->kind) {
	case ROUTE_STATUS:
		return answer_status(source, peer, body);
	case ROUTE_PROCESSES:
		return answer_processes(source, peer, route, body);
	case ROUTE_PROCESS:
		return answer_process(source, peer, route, body);
	case ROUTE_SITES:
		return answer_sites(source, peer, route, body);
	case ROUTE_TRACK:
		return answer_track(source, peer, route, body);
	case ROUTE_RUNS:
		return answer_run_start(source, peer, route, body);
	case ROUTE_RUN:
		return answer_run(source, peer, route, body);
	case ROUTE_ROWS:
		return answer_rows(source, peer, body);
	case ROUTE_EVENTS:
	case ROUTE_SAMPLES:
		break; /* a stream (stream.h) */
	case ROUTE_INCIDENTS:
	case ROUTE_INCIDENT:
		break; /* inquiry.h */
	case ROUTE_METRICS:
		break; /* metrics_cache.h */
	}
	json_error(body, "this is answered elsewhere");
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
}
