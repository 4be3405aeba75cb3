// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/telling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <syslog.h>

#define HASH_NONFATAL_OOM 1 /* one that was not added has no hh.tbl */
#include <uthash.h>

#define PATIENCE 2000000 /* microseconds that a notice waits to be kept before it is told */

/* By rising event_id, as the channels want them. */
struct item {
	TAILQ_ENTRY(item) next;
	struct notice notice;
	unsigned int waiting; /* channels */
	bool held;            /* until the store has it */
	UT_hash_handle hh;    /* by event_id */
};

struct telling {
	struct notify *notify;
	struct store *store;
	void (*log)(int level, const char *line, void *data);
	TAILQ_HEAD(items, item) items;
	struct item *by_id;
	struct item *held; /* the first that is, as are all behind it; or NULL */
	sd_event *loop;
	sd_event_source *patience; /* with a store that hangs */
	size_t count;
	bool overflowed; /* and said so */
};

static void drop(struct telling *t, struct item *item)
{
	if (t->held == item)
		t->held = TAILQ_NEXT(item, next);
	TAILQ_REMOVE(&t->items, item, next);
	HASH_DEL(t->by_id, item);
	t->count--;
	free(item);
}

static struct item *find(struct telling *t, uint64_t event_id)
{
	struct item *item;

	HASH_FIND(hh, t->by_id, &event_id, sizeof(event_id), item);
	return item;
}

static void on_done(uint64_t event_id, enum notify_channel channel, void *data)
{
	struct telling *t = data;
	struct item *item = find(t, event_id);

	if (t->store)
		store_told(t->store, event_id, NOTIFY_BIT(channel));
	if (!item)
		return;
	item->waiting &= ~NOTIFY_BIT(channel);
	if (!item->waiting)
		drop(t, item);
}

/* Hands over all that the channel has not told; what it holds it does not take twice. */
static void on_room(enum notify_channel channel, void *data)
{
	struct telling *t = data;
	struct item *item = TAILQ_FIRST(&t->items), *next;

	for (; item && !item->held; item = next) {
		next = TAILQ_NEXT(item, next); /* it may be told at once, and dropped */
		if (item->waiting & NOTIFY_BIT(channel) &&
		    notify_tell(t->notify, &item->notice, NOTIFY_BIT(channel)))
			return;
	}
}

static void on_log(int level, const char *line, void *data)
{
	struct telling *t = data;

	t->log(level, line, NULL);
}

int telling_new(struct telling **telling, sd_event *loop, const struct notify_config *config,
		struct store *store, void (*log)(int level, const char *line, void *data),
		struct failure *failure)
{
	struct telling *t = calloc(1, sizeof(*t));
	const struct notify_calls calls = {on_done, on_room, on_log, t};
	int r;

	if (!t)
		return fail(failure, -ENOMEM, "out of memory");
	TAILQ_INIT(&t->items);
	t->store = store;
	t->loop = loop;
	t->log = log;
	r = notify_new(&t->notify, loop, config, &calls, failure);
	if (r < 0) {
		free(t);
		return r;
	}
	*telling = t;
	return 0;
}

void telling_free(struct telling *t)
{
	struct item *item;

	if (!t)
		return;
	notify_free(t->notify);
	sd_event_source_disable_unref(t->patience);
	while ((item = TAILQ_FIRST(&t->items)))
		drop(t, item);
	free(t);
}

void telling_status(const struct telling *t, struct status *status)
{
	notify_status(t->notify, status);
}

int telling_configure(struct telling *t, const struct notify_config *config,
		      struct failure *failure)
{
	return notify_configure(t->notify, config, failure);
}

/* The oldest gives way where too many wait. */
static void make_room(struct telling *t)
{
	struct item *oldest = TAILQ_FIRST(&t->items);

	if (t->count < TELLING_MAX)
		return;
	if (!t->overflowed)
		t->log(LOG_ERR,
		       "too many notices wait to be told: the oldest are given up; is the hook or "
		       "Alertmanager well?",
		       NULL);
	t->overflowed = true;
	if (t->store)
		store_told(t->store, oldest->notice.event_id, oldest->waiting);
	drop(t, oldest);
}

/* NULL without memory: it is told once or not at all. */
static struct item *add(struct telling *t, const struct notice *notice, unsigned int channels)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->notice = *notice;
	item->waiting = channels;
	HASH_ADD(hh, t->by_id, notice.event_id, sizeof(item->notice.event_id), item);
	if (!item->hh.tbl) {
		free(item);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&t->items, item, next);
	t->count++;
	return item;
}

static void hand_over(struct telling *t, const struct notice *notice, unsigned int channels)
{
	make_room(t);
	add(t, notice, channels);
	notify_tell(t->notify, notice, channels);
}

void telling_kept(struct telling *t, uint64_t event_id)
{
	struct item *item;
	struct notice notice;

	while ((item = t->held) && item->notice.event_id <= event_id) {
		item->held = false;
		t->held = TAILQ_NEXT(item, next);
		notice = item->notice; /* the item may be dropped meanwhile */
		notify_tell(t->notify, &notice, item->waiting);
	}
	if (!t->held)
		t->patience = sd_event_source_disable_unref(t->patience);
}

static int on_patience(sd_event_source *source, uint64_t due, void *data)
{
	(void)source, (void)due;
	telling_kept(data, UINT64_MAX);
	return 0;
}

/* Until the store has it; false where it can't be held. */
static bool hold(struct telling *t, const struct notice *notice, unsigned int channels)
{
	struct item *item;

	if (!t->patience && sd_event_add_time_relative(t->loop, &t->patience, CLOCK_MONOTONIC,
						       PATIENCE, 0, on_patience, t) < 0)
		return false;
	make_room(t);
	item = add(t, notice, channels);
	if (!item)
		return false;
	item->held = true;
	t->held = t->held ?: item;
	return true;
}

int telling_tell(struct telling *t, const struct notice *notice, const struct incident *incident)
{
	unsigned int channels = notify_channels(t->notify);
	int r = t->store ? store_put_step(t->store, incident, notice, channels) : 0;

	if (!channels || (t->store && !r && hold(t, notice, channels)))
		return r;
	telling_kept(t, UINT64_MAX); /* in their order */
	hand_over(t, notice, channels);
	return r;
}

void telling_resume(struct telling *t, const struct store_found *found)
{
	size_t first = found->notice_count > TELLING_MAX ? found->notice_count - TELLING_MAX : 0;

	for (size_t i = first; i < found->notice_count; i++) {
		const struct store_notice *left = &found->notices[i];
		unsigned int channels = left->channels;

		if (left->last) /* Alertmanager forgets what it is not told again */
			channels |= NOTIFY_BIT(NOTIFY_ALERTMANAGER);
		if (channels)
			hand_over(t, &left->notice, channels);
	}
}

void telling_renew(struct telling *t)
{
	struct item *item;

	TAILQ_FOREACH(item, &t->items, next)
	store_put_notice(t->store, &item->notice, item->waiting);
}
