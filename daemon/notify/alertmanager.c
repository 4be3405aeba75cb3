// SPDX-License-Identifier: BSD-2-Clause
#include "notify/alertmanager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "clock.h"
#include "notify/alert.h"
#include "notify/courier.h"
#include "notify/post.h"
#include "notify/servers.h"

#define BATCH 64       /* alarms in one document */
#define KEEP_RESENDS 4 /* an alert stands for so many: some may be lost */
#define BACKOFF_FIRST 1000000
#define BACKOFF_MOST 60000000

/* One server, and the thread that talks to it. */
struct target {
	struct alertmanager *owner;
	unsigned index; /* in alert.told */
	struct courier *courier;
	sd_event_source *timer; /* the next attempt, or the next repetition */
	bool waits;             /* for the next attempt */
	unsigned failed;
	bool missed; /* the log has it that it can't be told */
	char url[SERVERS_URL_SIZE];
};

struct targets {
	struct target *list[ALERT_TARGETS];
	unsigned count;
};

struct alertmanager {
	struct channel *channel;
	struct alerts alerts;
	struct targets targets;
	uint64_t resend; /* microseconds */
	char instance[256];
};

/* One document on its way; the thread writes `error` only. */
struct delivery {
	char *json;
	uint64_t at; /* of CLOCK_MONOTONIC */
	unsigned count;
	struct {
		uint64_t incident, event_id;
	} items[BATCH];
	char error[POST_ERROR_SIZE];
};

static void free_delivery(void *job)
{
	struct delivery *delivery = job;

	free(delivery->json);
	free(delivery);
}

static void free_post(void *tool)
{
	post_free(tool);
}

static int carry(void *job, void *tool)
{
	struct delivery *delivery = job;

	return post_send(tool, delivery->json, delivery->error);
}

static void advance(struct target *target);

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct target *target = data;

	(void)source, (void)due;
	target->waits = false;
	advance(target);
	return 0;
}

/* Of an alarm's notices up to this one Alertmanager needs no more: it knows how it stands. */
static void settle(struct channel *channel, uint64_t incident, uint64_t event_id)
{
	struct pending *pending, *following;

	for (pending = TAILQ_FIRST(&channel->queue); pending; pending = following) {
		following = TAILQ_NEXT(pending, link);
		if (pending->notice.incident == incident && pending->notice.event_id <= event_id)
			channel_done(channel, pending, true);
	}
}

/* The latest of its notices that some server has. */
static uint64_t latest_told(const struct alert *alert)
{
	uint64_t event_id = 0;

	for (unsigned i = 0; i < ALERT_TARGETS; i++)
		if (alert->told[i].event_id > event_id)
			event_id = alert->told[i].event_id;
	return event_id;
}

/* An end is told to all; but who has missed it forgets the alert by itself. */
static bool is_finished(const struct alertmanager *am, const struct alert *alert, uint64_t now)
{
	unsigned told = 0;
	bool expired = false;

	if (!alert_is_over(alert))
		return false;
	for (unsigned i = 0; i < am->targets.count; i++) {
		if (alert->told[i].event_id != alert->notice.event_id)
			continue;
		told++;
		expired |= now - alert->told[i].at > KEEP_RESENDS * am->resend;
	}
	return told == am->targets.count || expired;
}

static void sweep(struct alertmanager *am)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC);
	struct alert *alert, *following;

	for (alert = TAILQ_FIRST(&am->alerts.list); alert; alert = following) {
		following = TAILQ_NEXT(alert, link);
		if (is_finished(am, alert, now))
			alerts_remove(&am->alerts, alert);
	}
}

static void take_success(struct target *target, const struct delivery *delivery)
{
	struct alertmanager *am = target->owner;

	if (target->missed)
		channel_log(am->channel, LOG_NOTICE, "Alertmanager at %s is told again",
			    target->url);
	target->missed = false;
	target->failed = 0;
	for (unsigned i = 0; i < delivery->count; i++) {
		uint64_t event_id = delivery->items[i].event_id;
		struct alert *alert = alerts_find(&am->alerts, delivery->items[i].incident);

		if (!alert)
			continue;
		alert->told[target->index].event_id = event_id;
		alert->told[target->index].at = delivery->at;
		settle(am->channel, alert->notice.incident, event_id);
	}
}

static void wait_after_failure(struct target *target)
{
	target->waits = true;
	target->failed++;
	timer_set(target->owner->channel->loop, &target->timer,
		  backoff_usec(target->failed, BACKOFF_FIRST, BACKOFF_MOST), on_timer, target);
}

static void take_failure(struct target *target, const char *why)
{
	struct channel *channel = target->owner->channel;

	channel->status.failed_total++;
	if (!target->failed)
		channel_log(channel, LOG_WARNING,
			    "Alertmanager at %s can't be told: %s; what is due waits", target->url,
			    why);
	target->missed = true;
	wait_after_failure(target);
}

static void on_back(int result, void *job, void *data)
{
	struct target *target = data;
	struct delivery *delivery = job;

	if (result < 0)
		take_failure(target, delivery->error);
	else
		take_success(target, delivery);
	free_delivery(delivery);
	sweep(target->owner);
	advance(target);
}

/* When the alarm is due to be told there, of CLOCK_MONOTONIC; UINT64_MAX: not again. */
static uint64_t due_at(const struct target *target, const struct alert *alert)
{
	if (alert->told[target->index].event_id != alert->notice.event_id)
		return 0;
	if (alert_is_over(alert))
		return UINT64_MAX;
	return alert->told[target->index].at + target->owner->resend;
}

/* The document on all that is due, or on the first of it; *next is when more is. */
static json_t *collect(struct target *target, struct delivery *delivery, uint64_t *next)
{
	uint64_t now = clock_usec(CLOCK_REALTIME), keep = KEEP_RESENDS * target->owner->resend;
	json_t *array = json_array();
	const struct alert *alert;
	uint64_t due;

	*next = UINT64_MAX;
	TAILQ_FOREACH(alert, &target->owner->alerts.list, link)
	{
		const struct notice *n = &alert->notice;
		bool news = alert->told[target->index].event_id != n->event_id;

		due = due_at(target, alert);
		if (due > delivery->at) {
			*next = due < *next ? due : *next;
			continue;
		}
		if (delivery->count == BATCH)
			break;
		if (alert_write(alert, array, news, now, keep)) {
			json_decref(array);
			return NULL;
		}
		delivery->items[delivery->count].incident = n->incident;
		delivery->items[delivery->count++].event_id = n->event_id;
	}
	return array;
}

/* With what is due, or with a count of 0; NULL without memory. */
static struct delivery *prepare(struct target *target, uint64_t *next)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));
	json_t *array;

	if (!delivery)
		return NULL;
	delivery->at = clock_usec(CLOCK_MONOTONIC);
	array = collect(target, delivery, next);
	if (array)
		delivery->json = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	if (delivery->json)
		return delivery;
	free_delivery(delivery);
	return NULL;
}

/* What is due goes out; where nothing is, the timer is set for when something will be. */
static void advance(struct target *target)
{
	struct delivery *delivery;
	uint64_t next;

	if (target->waits || courier_busy(target->courier))
		return;
	delivery = prepare(target, &next);
	if (!delivery) {
		take_failure(target, "out of memory");
		return;
	}
	if (delivery->count) {
		courier_send(target->courier, delivery);
		return;
	}
	if (next != UINT64_MAX)
		timer_set(target->owner->channel->loop, &target->timer, next - delivery->at,
			  on_timer, target);
	free_delivery(delivery);
}

static void targets_free(struct targets *targets)
{
	for (unsigned i = 0; i < targets->count; i++) {
		courier_free(targets->list[i]->courier);
		sd_event_source_disable_unref(targets->list[i]->timer);
		free(targets->list[i]);
	}
	targets->count = 0;
}

/* Takes the post over, also where it fails. */
static int add_target(struct alertmanager *am, struct targets *targets, struct post *post,
		      const char *url, struct failure *failure)
{
	struct target *target = calloc(1, sizeof(*target));
	int r;

	if (!target) {
		post_free(post);
		return fail(failure, -ENOMEM, "out of memory");
	}
	target->owner = am;
	target->index = targets->count;
	snprintf(target->url, sizeof(target->url), "%s", url);
	r = courier_new(&target->courier, am->channel->loop,
			&(struct courier_work){.carry = carry,
					       .back = on_back,
					       .free_job = free_delivery,
					       .free_tool = free_post,
					       .tool = post,
					       .data = target});
	if (r < 0) {
		free(target);
		return fail(failure, r, "no thread for Alertmanager: %s", strerror(-r));
	}
	targets->list[targets->count++] = target;
	return 0;
}

static int make_targets(struct alertmanager *am, struct targets *targets,
			const struct servers *servers, struct failure *failure)
{
	struct post *post;
	int r = 0;

	for (unsigned i = 0; i < servers->count && !r; i++) {
		r = post_new(&post, servers->urls[i], servers->ca_file, servers->credentials_file,
			     failure);
		if (!r)
			r = add_target(am, targets, post, servers->urls[i], failure);
	}
	return r;
}

/* A server that stays is tried at once; what the log says of it still wants its end. */
static void inherit(struct targets *fresh, const struct targets *old)
{
	for (unsigned i = 0; i < fresh->count; i++)
		for (unsigned j = 0; j < old->count; j++)
			if (!strcmp(fresh->list[i]->url, old->list[j]->url))
				fresh->list[i]->missed = old->list[j]->missed;
}

int alertmanager_configure(struct alertmanager *am, const struct notify_config *config,
			   struct failure *failure)
{
	struct targets targets = {};
	struct servers servers;
	struct alert *alert;
	int r = servers_read(&servers, config, failure);

	if (!r)
		r = make_targets(am, &targets, &servers, failure);
	if (r < 0) {
		targets_free(&targets);
		return r;
	}
	inherit(&targets, &am->targets);
	targets_free(&am->targets);
	am->targets = targets;
	am->resend = (uint64_t)(config->alertmanager.resend * 1e6);
	memcpy(am->instance, servers.instance, sizeof(am->instance));
	TAILQ_FOREACH(alert, &am->alerts.list, link)
	memset(alert->told, 0, sizeof(alert->told));
	for (unsigned i = 0; i < am->targets.count; i++)
		advance(am->targets.list[i]);
	return 0;
}

/* An alarm that was never grave enough to be told: so its end is not, either. */
static bool is_nothing(const struct alert *alert)
{
	return !alert->raised[SEVERITY_WARNING];
}

int alertmanager_take(struct alertmanager *am, const struct notice *notice)
{
	uint64_t replaced;
	struct alert *alert;
	int r = channel_add(am->channel, notice);

	if (r < 0)
		return r;
	r = alerts_take(&am->alerts, notice, am->instance, &replaced);
	if (r < 0) {
		channel_take_back(am->channel, notice->event_id);
		return -ENOBUFS;
	}
	if (replaced)
		settle(am->channel, replaced, UINT64_MAX);
	alert = alerts_find(&am->alerts, notice->incident);
	if (alert && is_nothing(alert)) {
		alerts_remove(&am->alerts, alert);
		settle(am->channel, notice->incident, notice->event_id);
	} else if (alert) { /* what is handed over late is known there */
		settle(am->channel, notice->incident, latest_told(alert));
	}
	for (unsigned i = 0; i < am->targets.count; i++)
		advance(am->targets.list[i]);
	return 0;
}

int alertmanager_new(struct alertmanager **alertmanager, struct channel *channel,
		     const struct notify_config *config, struct failure *failure)
{
	struct alertmanager *am = calloc(1, sizeof(*am));
	int r;

	if (!am)
		return fail(failure, -ENOMEM, "out of memory");
	am->channel = channel;
	alerts_init(&am->alerts);
	r = alertmanager_configure(am, config, failure);
	if (r < 0)
		alertmanager_free(am);
	else
		*alertmanager = am;
	return r;
}

void alertmanager_free(struct alertmanager *am)
{
	if (!am)
		return;
	targets_free(&am->targets);
	alerts_close(&am->alerts);
	free(am);
}
