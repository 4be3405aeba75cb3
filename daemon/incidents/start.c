// SPDX-License-Identifier: BSD-2-Clause
/* How incidents begin with the daemon, with what an earlier one left, and end with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-id128.h>

#include "cleanup.h"
#include "clock.h"
#include "incidents/state.h"
#include "store/ledger.h"

#define LOAD_MSEC 5000        /* of the start, for a disk that is slow */
#define DOUBT_FOR 60000000ULL /* after a start without a history, before an alarm is over */

/* Ends what an earlier daemon left open and what is not there any more. */
static void end_found(struct incidents *s, const struct store_incident *found)
{
	struct key key = {found->incident.id, -1}; /* of none that lives */
	struct current *c = current_add(s, key, &found->incident);

	if (!c)
		return;
	incident_finish(&c->incident, found->same_boot ? INCIDENT_AWAY : INCIDENT_REBOOTED,
			clock_usec(CLOCK_REALTIME));
	current_act(s, c, INCIDENT_ENDED, NULL);
}

static void resume_process(struct incidents *s, const struct store_incident *found)
{
	const struct process *p = table_find(s->watch->table, found->incident.pid);
	struct current *c;

	if (!found->same_boot || found->incident.type != INCIDENT_PROCESS || !p ||
	    p->sample.start_time != found->incident.start_time || current_find(s, current_key(p))) {
		end_found(s, found);
		return;
	}
	c = current_add(s, current_key(p), &found->incident);
	if (!c)
		return;
	if (!p->history.recalled) /* nothing is known of its trend yet */
		c->doubt_until = s->watch->now + DOUBT_FOR;
	current_progress(s, c, p);
}

static void resume_one(struct incidents *s, const struct store_incident *found)
{
	struct key key = {found->incident.start_time, 0};

	if (found->incident.type != INCIDENT_SYSTEM)
		resume_process(s, found);
	else if (found->same_boot && !current_find(s, key))
		current_add(s, key, &found->incident);
	else
		end_found(s, found);
}

/* Limits that nobody uses any more. */
static void end_lost_limits(struct incidents *s)
{
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.type != INCIDENT_SYSTEM || !c->incident.id || c->seen ||
		    c->incident.ended)
			continue;
		incident_finish(&c->incident, INCIDENT_AWAY, clock_usec(CLOCK_REALTIME));
		current_act(s, c, INCIDENT_ENDED, NULL);
	}
}

void incidents_resume(struct incidents *s)
{
	struct table *table = s->watch->table;
	struct store_found *found = s->found;

	s->resumed = true;
	histories_settle(s->histories);
	if (found && found->last_id > s->last_id)
		s->last_id = found->last_id;
	if (found)
		telling_resume(s->telling, found);
	for (size_t i = 0; found && i < found->incident_count; i++)
		resume_one(s, &found->incidents[i]);
	for (struct process *p = table_next(table, NULL); p; p = table_next(table, p))
		if (p->state >= STATE_GROWING && !current_find(s, current_key(p)))
			incidents_take_state(s, p);
	for (const struct shared_limit *limit = NULL;
	     (limit = shared_next(s->watch->shared, limit));)
		incidents_follow_shared(s, limit);
	end_lost_limits(s);
	s->found = NULL;
	store_found_free(found);
	incidents_polled(s);
}

static int put_sites(enum recall_put what, const void *bytes, size_t size, void *data)
{
	static const enum store_sites as[] = {
		[RECALL_ADD] = STORE_SITES_ADD,
		[RECALL_RENEW] = STORE_SITES_RENEW,
		[RECALL_REPLACE] = STORE_SITES_REPLACE,
	};

	return store_put_sites(data, as[what], bytes, size);
}

struct recall *incidents_recall(struct incidents *s)
{
	struct recall_source source = {.next = ledger_next, .put = put_sites, .data = s->store};

	if (s->found) {
		source.found = TAKE_PTR(s->found->sites);
		source.found_size = s->found->sites_size;
	}
	return recall_new(&source);
}

static void on_store_log(int level, const char *line, void *data)
{
	struct incidents *s = data;

	s->log(level, line, NULL);
}

static void on_store_renewed(void *data)
{
	struct incidents *s = data;
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		c->step_lost = c->incident.id;
		if (c->incident.id)
			current_keep(s, c);
	}
	if (s->telling)
		telling_renew(s->telling);
}

static void on_store_kept(uint64_t event_id, void *data)
{
	struct incidents *s = data;

	if (s->telling)
		telling_kept(s->telling, event_id);
}

static int on_store(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct incidents *s = data;

	(void)source, (void)fd, (void)events;
	store_dispatch(s->store);
	return 0;
}

static int open_store(struct incidents *s, sd_event *loop, const struct config *config,
		      struct history *programs, struct failure *failure)
{
	const struct store_calls calls = {on_store_log, on_store_renewed, on_store_kept, s};
	struct store_config want = config->incidents;
	char boot[SD_ID128_STRING_MAX] = "";
	sd_id128_t id;
	int r;

	snprintf(want.folder, sizeof(want.folder), "%s", config->state_dir);
	if (sd_id128_get_boot(&id) >= 0)
		sd_id128_to_string(id, boot);
	s->store = store_new(&want, boot, &calls);
	if (!s->store)
		return fail(failure, -ENOMEM, "out of memory");
	s->found = store_load(s->store, LOAD_MSEC);
	s->histories = histories_new(s->store, s->found, programs);
	if (!s->histories)
		return fail(failure, -ENOMEM, "out of memory");
	r = sd_event_add_io(loop, &s->source, store_fd(s->store), EPOLLIN, on_store, s);
	return r < 0 ? fail(failure, r, "no event loop: %s", strerror(-r)) : 0;
}

int incidents_open(struct incidents **incidents, sd_event *loop, struct watch *watch,
		   const struct config *config,
		   void (*log)(int level, const char *line, void *data), struct failure *failure)
{
	struct incidents *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(failure, -ENOMEM, "out of memory");
	*incidents = s;
	s->log = log;
	r = open_store(s, loop, config, watch->history, failure);
	if (r < 0)
		return r;
	r = telling_new(&s->telling, loop, &config->notify, s->store, log, failure);
	if (!r)
		incidents_hook(s, watch);
	return r;
}

int incidents_configure(struct incidents *s, const struct config *config, struct failure *failure)
{
	int r = telling_configure(s->telling, &config->notify, failure);

	if (!r)
		store_configure(s->store, &config->incidents);
	return r;
}

static void save_all(struct incidents *s)
{
	struct current *c, *next;

	HASH_ITER (hh, s->all, c, next) {
		if (c->incident.id)
			current_keep(s, c);
	}
	histories_save(s->histories, s->watch->table, s->watch->now, true);
}

void incidents_close(struct incidents *s)
{
	struct current *c, *next;

	if (!s)
		return;
	if (s->resumed)
		save_all(s);
	if (s->watch)
		s->watch->hooks = (struct watch_hooks){};
	telling_free(s->telling);
	s->telling = NULL; /* the store still has to say what it did */
	sd_event_source_disable_unref(s->source);
	store_free(s->store);
	histories_free(s->histories);
	store_found_free(s->found);
	HASH_ITER (hh, s->all, c, next)
		current_forget(s, c);
	free(s);
}
