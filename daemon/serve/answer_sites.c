// SPDX-License-Identifier: BSD-2-Clause
#include "serve/answer_sites.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/json.h"
#include "serve/look.h"

#define OWNERS_MAX 4096 /* processes in one answer */

/* One process of an answer, with all that was read of it. */
struct owner {
	struct ranking ranking;
	struct descriptor_list *list; /* the answer's, or a run's */
	int32_t pid;
	bool borrowed; /* the list is a run's */
	bool running;
	char comm[PROCESS_COMM_LEN];
	char from[PROCESS_COMM_LEN];
};

struct owners {
	struct owner *all;
	size_t count;
	size_t pending;
};

struct row {
	const struct owner *owner;
	const struct place *place;
};

static void free_owners(struct owners *owners)
{
	for (size_t i = 0; i < owners->count; i++) {
		ranking_free(&owners->all[i].ranking);
		if (!owners->all[i].borrowed)
			descriptor_list_free(owners->all[i].list);
	}
	free(owners->all);
}

static struct owner *add_owner(struct owners *owners, int32_t pid, const char *comm)
{
	struct owner *all = NULL, *owner;

	if (owners->count < OWNERS_MAX)
		all = reallocarray(owners->all, owners->count + 1, sizeof(*all));
	if (!all)
		return NULL;
	owners->all = all;
	owner = &all[owners->count++];
	*owner = (struct owner){.pid = pid};
	snprintf(owner->comm, sizeof(owner->comm), "%s", comm);
	return owner;
}

/* Ranks what a process holds; takes the list over. 0 or -errno. */
static int rank_owner(struct owners *owners, const struct serve_source *source,
		      const struct process_sample *of, struct descriptor_list *list)
{
	struct owner *owner = add_owner(owners, of->pid, of->comm);

	if (!owner) {
		descriptor_list_free(list);
		return -ENOMEM;
	}
	owner->list = list;
	look_rank(source, of, list, &owner->ranking);
	if (source->tracking.executed_from)
		source->tracking.executed_from(of->pid, of->start_time, owner->from,
					       sizeof(owner->from), source->tracking.data);
	owners->pending += owner->ranking.pending;
	return 0;
}

/* What one process holds; 0 or -errno. */
static int read_owner(struct owners *owners, const struct serve_source *source,
		      const struct peer *peer, const struct process *process)
{
	struct process_sample before = process->sample;
	struct descriptor_list *list = NULL;
	int r = source->list_descriptors(before.pid, before.start_time, &list, source->data);

	if (r < 0)
		return r;
	if (!peer->sees_all && !look_again(source, peer, &before)) {
		descriptor_list_free(list);
		return -ESRCH;
	}
	return rank_owner(owners, source, &before, list);
}

/* One of many that were listed at once. */
struct listed {
	struct descriptor_list *list;
	struct process_sample before; /* as it stood before the listing */
};

struct listing {
	const struct serve_source *source;
	const struct peer *peer;
	struct listed *all;
	size_t count;
};

static void free_listing(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		descriptor_list_free(listing->all[i].list);
	free(listing->all);
}

static void take_listed(int32_t pid, uint64_t start_time, struct descriptor_list *list, void *data)
{
	struct listing *listing = data;
	const struct process *process = look_find(listing->source, listing->peer, pid);
	struct listed *all = NULL;

	if (process && process->sample.start_time == start_time && listing->count < OWNERS_MAX)
		all = reallocarray(listing->all, listing->count + 1, sizeof(*all));
	if (!all) {
		descriptor_list_free(list);
		return;
	}
	listing->all = all;
	all[listing->count++] = (struct listed){list, process->sample};
}

static int compare_listed(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;

	return a->before.pid < b->before.pid ? -1 : a->before.pid > b->before.pid;
}

/* Each that the peer may see, once. */
static int rank_listed(struct owners *owners, const struct serve_source *source,
		       const struct peer *peer, struct listing *listing)
{
	int r = 0;

	qsort(listing->all, listing->count, sizeof(*listing->all), compare_listed);
	for (size_t i = 0; !r && i < listing->count; i++) {
		struct listed *listed = &listing->all[i];

		if (i && listed->before.pid == listed[-1].before.pid)
			continue;
		if (look_still(source, peer, &listed->before))
			r = rank_owner(owners, source, &listed->before, TAKE_PTR(listed->list));
	}
	return r;
}

/* What all hold, by one walk over the host's descriptors. One that ends meanwhile is left out. */
static int read_owners(struct owners *owners, const struct serve_source *source,
		       const struct peer *peer)
{
	_cleanup_(free_listing) struct listing listing = {.source = source, .peer = peer};
	int r = 0;

	if (source->list_tracked)
		r = source->list_tracked(take_listed, &listing, source->data);
	if (r < 0 || !listing.count)
		return r;
	if (!peer->sees_all && source->refresh)
		source->refresh(source->data);
	return rank_listed(owners, source, peer, &listing);
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->place->live != b->place->live)
		return a->place->live < b->place->live ? 1 : -1;
	return a->owner->pid - b->owner->pid;
}

static void write_sites(struct writer *body, const struct owners *owners)
{
	_free_ struct row *rows = NULL;
	size_t places = 0, count = 0;

	for (size_t i = 0; i < owners->count; i++)
		places += owners->all[i].ranking.count;
	rows = calloc(places + 1, sizeof(*rows));
	if (!rows) {
		body->failed = true;
		return;
	}
	for (size_t i = 0; i < owners->count; i++)
		for (size_t j = 0; j < owners->all[i].ranking.count; j++)
			rows[count++] =
				(struct row){&owners->all[i], &owners->all[i].ranking.places[j]};
	qsort(rows, count, sizeof(*rows), compare_rows);
	write_open(body, "sites", '[');
	for (size_t i = 0; i < count; i++)
		json_place(body, rows[i].owner->pid, rows[i].owner->comm, rows[i].place);
	write_close(body, ']');
}

static void write_processes(struct writer *body, const struct owners *owners)
{
	write_open(body, "processes", '[');
	for (size_t i = 0; i < owners->count; i++) {
		const struct owner *owner = &owners->all[i];

		write_open(body, NULL, '{');
		write_signed(body, "pid", owner->pid);
		write_string(body, "comm", owner->comm);
		write_bool(body, "tracked", owner->ranking.set != NULL);
		write_unsigned(body, "live", owner->list ? owner->list->count : 0);
		write_unsigned(body, "unexplained",
			       owner->ranking.set ? owner->ranking.unexplained : 0);
		write_unsigned(body, "pending", owner->ranking.pending);
		write_unsigned(body, "sites", site_set_count(owner->ranking.set));
		write_unsigned(body, "overflow_total", site_set_overflow(owner->ranking.set));
		write_close(body, '}');
	}
	write_close(body, ']');
}

static void write_owners(struct writer *body, const struct owners *owners)
{
	size_t unexplained = 0;

	write_sites(body, owners);
	write_open(body, "inherited", '[');
	for (size_t i = 0; i < owners->count; i++)
		if (owners->all[i].list)
			json_inherited(body, owners->all[i].pid, owners->all[i].comm,
				       owners->all[i].from, owners->all[i].list);
	write_close(body, ']');
	for (size_t i = 0; i < owners->count; i++)
		unexplained += owners->all[i].ranking.unexplained;
	write_unsigned(body, "unexplained", unexplained);
	write_processes(body, owners);
}

/* It may be so new that no poll has seen it. */
static unsigned no_process(const struct route *route, struct writer *body)
{
	return route->waited ? look_no_process(route->pid, body) : ANSWER_SOON;
}

unsigned answer_sites(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body)
{
	_cleanup_(free_owners) struct owners owners = {};
	const struct process *process = NULL;
	int r;

	if (route->pid) {
		process = look_find(source, peer, route->pid);
		if (!process)
			return no_process(route, body);
		r = read_owner(&owners, source, peer, process);
	} else {
		r = read_owners(&owners, source, peer);
	}
	if (r == -ESRCH)
		return look_no_process(route->pid, body);
	if (r < 0)
		return look_unreadable(r, body);
	if (owners.pending && !route->impatient)
		return ANSWER_LATER;
	write_open(body, NULL, '{');
	write_owners(body, &owners);
	write_close(body, '}');
	write_line_end(body);
	return MHD_HTTP_OK;
}

static unsigned refuse(int error, int32_t pid, struct writer *body)
{
	char text[160];

	switch (error) {
	case -ESRCH:
		return look_no_process(pid, body);
	case -EDQUOT:
		json_error(body, "you track as many processes as a user may: untrack one first");
		return MHD_HTTP_TOO_MANY_REQUESTS;
	case -ENOTSUP:
		json_error(body, "this kernel or machine can't track: see fdwatch status");
		return MHD_HTTP_NOT_IMPLEMENTED;
	case -ENOSPC:
		json_error(body, "as many are tracked as the daemon has room for: untrack one");
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		snprintf(text, sizeof(text), "it can't be tracked now: %s", strerror(-error));
		json_error(body, text);
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

/* /proc shows it, and the kernel's iterators do not. */
static unsigned refuse_unseen(int32_t pid, struct writer *body)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "process %d can't be tracked: it has just ended, or this kernel hides it from BPF "
		 "programs and only its count is known",
		 pid);
	json_error(body, text);
	return MHD_HTTP_CONFLICT;
}

/* 1; 0 where it is still being looked at; or -errno. */
static int track(const struct serve_source *source, const struct serve_user *user,
		 const struct process *process, const struct route *route)
{
	const struct serve_tracking *tracking = &source->tracking;
	int32_t pid = process->sample.pid;
	uint64_t start_time = process->sample.start_time;
	int r;

	if (!tracking->track)
		return -ENOTSUP;
	r = tracking->track(pid, start_time, user, !route->removes, tracking->data);
	if (r < 0 || route->removes || route->impatient)
		return r < 0 ? r : 1;
	return tracking->looked(pid, start_time, tracking->data) ? 1 : 0;
}

unsigned answer_track(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body)
{
	struct serve_user user = {.uid = peer->uid, .sees_all = peer->sees_all};
	const struct process *process = look_find(source, peer, route->pid);
	int r;

	if (!process)
		return no_process(route, body);
	r = track(source, &user, process, route);
	if (r == -ESRCH && look_find(source, peer, route->pid))
		return refuse_unseen(route->pid, body);
	if (r < 0)
		return refuse(r, route->pid, body);
	if (r == 0)
		return ANSWER_LATER;
	write_open(body, NULL, '{');
	write_signed(body, "pid", route->pid);
	write_bool(body, "tracked", !route->removes);
	write_close(body, '}');
	write_line_end(body);
	return MHD_HTTP_OK;
}

unsigned answer_run_start(const struct serve_source *source, const struct peer *peer,
			  const struct route *route, struct writer *body)
{
	struct serve_user user = {.uid = peer->uid, .sees_all = peer->sees_all};
	const struct process *process = look_find(source, peer, route->pid);
	uint64_t id = 0;
	int r;

	if (!process)
		return no_process(route, body);
	r = track(source, &user, process, route);
	if (r == 0)
		return ANSWER_LATER;
	if (r > 0)
		r = source->tracking.run_start(route->pid, process->sample.start_time, &user, &id,
					       source->tracking.data);
	if (r < 0)
		return refuse(r, route->pid, body);
	write_open(body, NULL, '{');
	write_unsigned(body, "id", id);
	write_signed(body, "pid", route->pid);
	write_close(body, '}');
	write_line_end(body);
	return MHD_HTTP_OK;
}

/* Ranks what the program itself opened; what came to it across exec is told apart. */
static int rank_own(struct ranking *ranking, const struct run_process *left)
{
	_free_ struct descriptor *own = calloc(left->list->count + 1, sizeof(*own));
	struct descriptor_list list = {.items = own};

	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < left->list->count; i++)
		if (!left->list->items[i].executed)
			own[list.count++] = left->list->items[i];
	return ranking_make(ranking, left->set, &list, LIMIT_INFINITY, left->ended);
}

static int read_run(struct owners *owners, const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct run_process *left = &run->processes[i];
		struct owner *owner = add_owner(owners, left->pid, left->comm);

		if (!owner)
			return -ENOMEM;
		owner->borrowed = true;
		owner->list = left->list;
		owner->running = left->running;
		snprintf(owner->from, sizeof(owner->from), "%s", left->from);
		if (rank_own(&owner->ranking, left) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Asked while the process is held, by who runs it: then its files are there to be looked at. */
static unsigned answer_settled(const struct serve_source *source, const struct route *route,
			       struct writer *body)
{
	if (!source->tracking.run_settled(route->run, route->pid, source->tracking.data) &&
	    !route->impatient)
		return ANSWER_LATER;
	write_open(body, NULL, '{');
	write_signed(body, "pid", route->pid);
	write_close(body, '}');
	write_line_end(body);
	return MHD_HTTP_OK;
}

unsigned answer_run(const struct serve_source *source, const struct peer *peer,
		    const struct route *route, struct writer *body)
{
	const struct run *run =
		source->tracking.run_find
			? source->tracking.run_find(route->run, source->tracking.data)
			: NULL;
	_cleanup_(free_owners) struct owners owners = {};

	if (!run || (!peer->sees_all && run->uid != peer->uid)) {
		json_error(body, "no such run: it is forgotten a minute after its end");
		return MHD_HTTP_NOT_FOUND;
	}
	if (route->settles)
		return answer_settled(source, route, body);
	if (!run->ended || (run_pending(run) && clock_usec(CLOCK_BOOTTIME) < run->patience))
		return ANSWER_LATER;
	if (read_run(&owners, run) < 0)
		return look_unreadable(-ENOMEM, body);
	write_open(body, NULL, '{');
	write_unsigned(body, "id", run->id);
	write_signed(body, "pid", run->pid);
	write_string(body, "comm", run->comm);
	write_null(body, "exit_status");
	write_unsigned(body, "peak", run->peak);
	write_unsigned(body, "left_open", run_left_open(run));
	write_owners(body, &owners);
	write_unsigned(body, "left_unknown", run->unknown);
	write_unsigned(body, "processes_cut", run->cut);
	write_unsigned(body, "processes_untracked", run->untracked);
	write_close(body, '}');
	write_line_end(body);
	return MHD_HTTP_OK;
}
