// SPDX-License-Identifier: BSD-2-Clause
#include "top/fetch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "top/alarms.h"
#include "top/round.h"

#define AGAIN_SECONDS 1.0   /* after a stream has ended */
#define HISTORY_SECONDS 1.0 /* of following, then the past is read: nothing falls between */

#define ORDERS_MAX 32 /* that a slow daemon has not yet been told */

struct order {
	int32_t pid;
	bool track;
};

struct fetch {
	struct asker asker;
	pthread_t rounds;
	pthread_t follower;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t wake;
	struct wish wish;
	struct news news;
	struct order orders[ORDERS_MAX]; /* the earliest first */
	size_t order_count;
	struct alarm_clock clock;
	double followed_since; /* 0: the past has been read since */
	bool hurry;
	bool stopped;
	int told_fd;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void news_clear(struct news *news)
{
	rows_freep(&news->rows);
	rows_freep(&news->sites);
	json_decref(news->status);
	json_decref(news->alarms);
	json_decref(news->incidents);
	json_decref(news->incident);
	json_decref(news->detail);
	table_free(news->descriptors);
	free(news->told);
	*news = (struct news){0};
}

static void tell(struct fetch *fetch)
{
	eventfd_write(fetch->told_fd, 1);
}

/* What is newer takes the place of what nobody has taken. */
#define MOVE(to, from, field, release) \
	do { \
		if ((from)->field) { \
			release; \
			(to)->field = (from)->field; \
			(from)->field = NULL; \
		} \
	} while (0)

static void move_detail(struct news *to, struct news *from)
{
	if (!from->pid)
		return;
	json_decref(to->detail);
	table_free(to->descriptors);
	to->pid = from->pid;
	to->detail_status = from->detail_status;
	to->detail = from->detail;
	to->descriptors = from->descriptors;
	from->detail = NULL;
	from->descriptors = NULL;
}

static void move_incident(struct news *to, struct news *from)
{
	if (!from->incident_id)
		return;
	json_decref(to->incident);
	to->incident_id = from->incident_id;
	to->incident_status = from->incident_status;
	to->incident = from->incident;
	from->incident = NULL;
}

static void move_news(struct news *to, struct news *from)
{
	MOVE(to, from, rows, rows_freep(&to->rows));
	MOVE(to, from, sites, rows_freep(&to->sites));
	MOVE(to, from, status, json_decref(to->status));
	MOVE(to, from, incidents, json_decref(to->incidents));
	move_detail(to, from);
	move_incident(to, from);
	if (from->told) {
		to->refused = from->refused;
		to->refused_pid = from->refused_pid;
	}
	MOVE(to, from, told, free(to->told));
	if (from->sites_status)
		to->sites_status = from->sites_status;
	if (from->incidents_status)
		to->incidents_status = from->incidents_status;
}

static void publish(struct fetch *fetch, struct news *news, int error)
{
	pthread_mutex_lock(&fetch->lock);
	move_news(&fetch->news, news);
	fetch->news.error = error;
	fetch->news.round = true;
	pthread_mutex_unlock(&fetch->lock);
	news_clear(news);
	tell(fetch);
}

/* Ends of processes are no alarms, and most of the events. */
static bool is_alarm(const json_t *event)
{
	const char *type = json_string_value(json_object_get(event, "type"));
	const char *state = json_string_value(json_object_get(event, "state"));

	if (!type)
		return false;
	if (strcmp(type, "state") == 0)
		return state && state_parse(state, strlen(state)) >= STATE_WARNING &&
		       state_parse(state, strlen(state)) < STATE_COUNT;
	return strcmp(type, "emfile") == 0 || strcmp(type, "enfile") == 0 ||
	       strcmp(type, "threshold") == 0;
}

static int take_event(struct fetch *fetch, const char *line, size_t length, bool past)
{
	json_t *event;

	if (memmem(line, length, "\"type\":\"exit\"", 13))
		return 0;
	event = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
	if (is_alarm(event)) {
		pthread_mutex_lock(&fetch->lock);
		if (!fetch->news.alarms)
			fetch->news.alarms = json_array();
		if (alarm_clock_take(&fetch->clock, event, past))
			alarms_add(fetch->news.alarms, event);
		pthread_mutex_unlock(&fetch->lock);
		tell(fetch);
	}
	json_decref(event);
	return 0;
}

static int take_new(const char *line, size_t length, void *data)
{
	return take_event(data, line, length, false);
}

static int take_past(const char *line, size_t length, void *data)
{
	return take_event(data, line, length, true);
}

static bool history_due(struct fetch *fetch)
{
	bool due;

	pthread_mutex_lock(&fetch->lock);
	due = fetch->followed_since > 0 && now_seconds() - fetch->followed_since > HISTORY_SECONDS;
	if (due)
		fetch->followed_since = 0;
	pthread_mutex_unlock(&fetch->lock);
	return due;
}

/* Until it is time for the next round. False: stopped. */
static bool wait_for_round(struct fetch *fetch, double begun)
{
	bool goes_on;

	pthread_mutex_lock(&fetch->lock);
	while (!fetch->stopped && !fetch->hurry && fetch->order_count == 0) {
		double due = begun + fetch->wish.interval;
		struct timespec until = {.tv_sec = (time_t)due};

		until.tv_nsec = (long)((due - (double)until.tv_sec) * 1e9);
		if (fetch->wish.frozen)
			pthread_cond_wait(&fetch->wake, &fetch->lock);
		else if (pthread_cond_timedwait(&fetch->wake, &fetch->lock, &until) == ETIMEDOUT)
			break;
	}
	fetch->hurry = false;
	goes_on = !fetch->stopped;
	pthread_mutex_unlock(&fetch->lock);
	return goes_on;
}

/* False: there is none. */
static bool take_order(struct fetch *fetch, struct order *order)
{
	bool taken;

	pthread_mutex_lock(&fetch->lock);
	taken = fetch->order_count > 0;
	if (taken) {
		*order = fetch->orders[0];
		memmove(fetch->orders, fetch->orders + 1, --fetch->order_count * sizeof(*order));
	}
	pthread_mutex_unlock(&fetch->lock);
	return taken;
}

/* Each is told at once how it went. */
static int carry_out_orders(struct fetch *fetch)
{
	struct news news = {0};
	struct order order;
	int error = 0;

	while (error == 0 && take_order(fetch, &order)) {
		error = round_track(&fetch->asker, order.pid, order.track, &news);
		pthread_mutex_lock(&fetch->lock);
		move_news(&fetch->news, &news);
		pthread_mutex_unlock(&fetch->lock);
		news_clear(&news);
		tell(fetch);
	}
	if (error < 0) {
		pthread_mutex_lock(&fetch->lock);
		fetch->order_count = 0; /* not to be done minutes later, by surprise */
		pthread_mutex_unlock(&fetch->lock);
	}
	return error;
}

static void *make_rounds(void *data)
{
	struct fetch *fetch = data;
	struct news news = {0};
	struct wish wish;
	double begun;
	int error;

	do {
		begun = now_seconds();
		pthread_mutex_lock(&fetch->lock);
		wish = fetch->wish;
		pthread_mutex_unlock(&fetch->lock);
		error = carry_out_orders(fetch);
		if (error == 0)
			error = round_make(&fetch->asker, &wish, &news);
		publish(fetch, &news, error);
		if (error == 0 && history_due(fetch))
			round_history(&fetch->asker, take_past, fetch);
	} while (wait_for_round(fetch, begun));
	return NULL;
}

static void *follow_events(void *data)
{
	struct fetch *fetch = data;
	struct pollfd stop = fetch->asker.stop;
	struct stream stream = {
		.line = take_new,
		.data = fetch,
		.watch = &fetch->asker.stop,
		.watch_count = 1,
	};

	do {
		struct response response = {0};

		pthread_mutex_lock(&fetch->lock);
		fetch->followed_since = now_seconds();
		alarm_clock_follow(&fetch->clock);
		pthread_mutex_unlock(&fetch->lock);
		client_stream(fetch->asker.socket_path, "/v1/events?follow=1", &stream, &response);
		response_clear(&response);
	} while (poll(&stop, 1, (int)(AGAIN_SECONDS * 1000)) == 0);
	return NULL;
}

static void end_rounds(struct fetch *fetch)
{
	pthread_mutex_lock(&fetch->lock);
	fetch->stopped = true;
	pthread_cond_signal(&fetch->wake);
	pthread_mutex_unlock(&fetch->lock);
	eventfd_write(fetch->asker.stop.fd, 1);
	pthread_join(fetch->rounds, NULL);
}

/* Signals are for the thread that has the terminal. */
static int start_threads(struct fetch *fetch)
{
	sigset_t all;
	sigset_t before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&fetch->rounds, NULL, make_rounds, fetch);
	if (error == 0) {
		error = pthread_create(&fetch->follower, NULL, follow_events, fetch);
		if (error)
			end_rounds(fetch);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void release(struct fetch *fetch)
{
	if (fetch->told_fd >= 0)
		close(fetch->told_fd);
	if (fetch->asker.stop.fd >= 0)
		close(fetch->asker.stop.fd);
	pthread_cond_destroy(&fetch->wake);
	pthread_mutex_destroy(&fetch->lock);
	news_clear(&fetch->news);
	free(fetch);
}

int fetch_start(struct fetch **fetch, const char *socket_path, const struct wish *wish)
{
	struct fetch *f = calloc(1, sizeof(*f));
	pthread_condattr_t attributes;
	int error;

	if (!f)
		return -ENOMEM;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&f->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&f->lock, NULL);
	f->wish = *wish;
	f->told_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->asker = (struct asker){
		.socket_path = socket_path,
		.stop = {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN},
	};
	error = f->told_fd < 0 || f->asker.stop.fd < 0 ? -errno : start_threads(f);
	if (error < 0) {
		release(f);
		return error;
	}
	*fetch = f;
	return 0;
}

void fetch_stop(struct fetch *fetch)
{
	if (!fetch)
		return;
	end_rounds(fetch);
	pthread_join(fetch->follower, NULL);
	release(fetch);
}

int fetch_fd(const struct fetch *fetch)
{
	return fetch->told_fd;
}

void fetch_take(struct fetch *fetch, struct news *news)
{
	eventfd_t count;

	eventfd_read(fetch->told_fd, &count);
	pthread_mutex_lock(&fetch->lock);
	*news = fetch->news;
	fetch->news = (struct news){.error = news->error};
	pthread_mutex_unlock(&fetch->lock);
}

void fetch_wish(struct fetch *fetch, const struct wish *wish)
{
	pthread_mutex_lock(&fetch->lock);
	fetch->hurry |= (wish->sites && !fetch->wish.sites) ||
			(wish->incidents && !fetch->wish.incidents) ||
			(wish->pid && wish->pid != fetch->wish.pid) ||
			(wish->incident && wish->incident != fetch->wish.incident) ||
			(fetch->wish.frozen && !wish->frozen);
	fetch->wish = *wish;
	pthread_cond_signal(&fetch->wake);
	pthread_mutex_unlock(&fetch->lock);
}

void fetch_now(struct fetch *fetch)
{
	pthread_mutex_lock(&fetch->lock);
	fetch->hurry = true;
	pthread_cond_signal(&fetch->wake);
	pthread_mutex_unlock(&fetch->lock);
}

bool fetch_track(struct fetch *fetch, int32_t pid, bool track)
{
	bool fits;

	pthread_mutex_lock(&fetch->lock);
	fits = fetch->order_count < ORDERS_MAX;
	if (fits)
		fetch->orders[fetch->order_count++] = (struct order){.pid = pid, .track = track};
	pthread_cond_signal(&fetch->wake);
	pthread_mutex_unlock(&fetch->lock);
	return fits;
}

const char *fetch_problem(int error)
{
	switch (error) {
	case 0:
		return "";
	case -ENOENT:
	case -ENOTDIR:
		return "its socket is not there";
	case -ECONNREFUSED:
		return "nobody listens on its socket";
	case -ECONNRESET:
		return "it closed the connection";
	case -ETIMEDOUT:
		return "it does not answer in time";
	case -EACCES:
	case -EPERM:
		return "no permission to connect";
	case -EPROTO:
	case -EBADMSG:
		return "its answer is none that this client knows";
	case -ECANCELED:
		return "";
	default:
		return strerror(-error);
	}
}
