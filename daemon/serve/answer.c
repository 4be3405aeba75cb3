// SPDX-License-Identifier: BSD-2-Clause
#include "serve/answer.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/json.h"

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

static unsigned answer_status(const struct serve_source *source, struct writer *body)
{
	json_status(body, source->status, table_size(source->table), clock_usec(CLOCK_BOOTTIME));
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

/* The same words for one that is another's and one that is not there. */
static unsigned no_process(int32_t pid, struct writer *body)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "no process %d that you may see; a new one shows within one interval", pid);
	json_error(body, text);
	return MHD_HTTP_NOT_FOUND;
}

static unsigned unreadable(int error, struct writer *body)
{
	char text[160];

	snprintf(text, sizeof(text), "its descriptors can't be read now: %s", strerror(-error));
	json_error(body, text);
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
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
			  const struct descriptor_list *list)
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
	json_descriptors(body, list);
	write_open(body, "sites", '[');
	write_close(body, ']');
	write_close(body, '}');
	write_line_end(body);
}

static void free_list(struct descriptor_list **list)
{
	descriptor_list_free(*list);
}

/*
 * Finds the process again after all was read of it: it may have become another's meanwhile, and the
 * peer's again by a further exec, which the next look at it shows. NULL where the peer may not see
 * what was read.
 */
static const struct process *find_again(const struct serve_source *source, const struct peer *peer,
					const struct process_sample *before)
{
	const struct process *process;

	if (!peer->sees_all && source->refresh)
		source->refresh(source->data);
	process = table_find(source->table, before->pid);
	if (!process || process->sample.start_time != before->start_time)
		return NULL;
	if (!peer->sees_all && process->sample.execs != before->execs)
		return NULL;
	return peer_sees_process(peer, &process->sample, source) ? process : NULL;
}

static unsigned answer_process(const struct serve_source *source, const struct peer *peer,
			       int32_t pid, struct writer *body)
{
	const struct process *process = table_find(source->table, pid);
	_cleanup_(free_list) struct descriptor_list *list = NULL;
	struct process_sample before;
	char command[COMMAND_SIZE];
	int r;

	if (!process || !peer_sees_process(peer, &process->sample, source))
		return no_process(pid, body);
	before = process->sample;
	r = source->list_descriptors(pid, before.start_time, &list, source->data);
	read_command(command, sizeof(command), &before, source);
	process = find_again(source, peer, &before);
	if (r == -ESRCH || !process)
		return no_process(pid, body);
	if (r < 0)
		return unreadable(r, body);
	write_process(body, source, process, command, list);
	return MHD_HTTP_OK;
}

unsigned answer_route(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body)
{
	if (source->refresh && (route->kind == ROUTE_PROCESSES || route->kind == ROUTE_PROCESS))
		source->refresh(source->data);
	switch (route->kind) {
	case ROUTE_STATUS:
		return answer_status(source, body);
	case ROUTE_PROCESSES:
		return answer_processes(source, peer, route, body);
	case ROUTE_PROCESS:
		return answer_process(source, peer, route->pid, body);
	case ROUTE_EVENTS:
		break; /* a stream (stream.h) */
	case ROUTE_METRICS:
		break; /* metrics_cache.h */
	}
	json_error(body, "this is answered elsewhere");
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
}
