/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 /* an entry that was not added has no hh.tbl */
#include <uthash.h>

#include "model/forecast.h"

#define INOTIFY "inotify:" /* begins the name of a user's limit */

#define HOST_USER_NS 0xEFFFFFFDU /* the kernel's PROC_USER_INIT_INO */

struct key {
	uint32_t kind, uid, user_ns;
};

struct entry {
	struct shared_limit limit; /* first: a limit is its entry */
	struct key key;
	uint64_t begun; /* when it was first seen, in polls' time */
	bool seen;
	UT_hash_handle hh;
};

struct shared_limits {
	struct entry *entries;
};

struct shared_limits *shared_new(void)
{
	return calloc(1, sizeof(struct shared_limits));
}

static void drop(struct shared_limits *limits, struct entry *entry)
{
	HASH_DEL(limits->entries, entry);
	forecast_free(entry->limit.forecast);
	free(entry);
}

void shared_free(struct shared_limits *limits)
{
	struct entry *entry, *next;

	if (!limits)
		return;
	HASH_ITER (hh, limits->entries, entry, next)
		drop(limits, entry);
	free(limits);
}

void shared_begin(struct shared_limits *limits)
{
	struct entry *entry, *next;

	HASH_ITER (hh, limits->entries, entry, next)
		entry->seen = false;
}

static struct key key_of(const struct inotify_use *use)
{
	return use ? (struct key){SHARED_INOTIFY, use->uid, use->user_ns}
		   : (struct key){SHARED_FILE_MAX, UINT32_MAX, 0};
}

static struct entry *find(struct shared_limits *limits, struct key key)
{
	struct entry *entry;

	HASH_FIND(hh, limits->entries, &key, sizeof(key), entry);
	return entry;
}

static struct entry *add(struct shared_limits *limits, struct key key)
{
	struct entry *entry;

	if (HASH_COUNT(limits->entries) >= SHARED_LIMITS_MAX)
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = key;
	entry->limit.kind = (enum shared_kind)key.kind;
	entry->limit.uid = key.uid;
	entry->limit.user_ns = key.user_ns;
	HASH_ADD(hh, limits->entries, key, sizeof(key), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

static void see(struct shared_limits *limits, struct key key, uint64_t used, uint64_t most)
{
	struct entry *entry = find(limits, key);

	if (!entry)
		entry = add(limits, key);
	if (!entry)
		return;
	entry->limit.used = used;
	entry->limit.most = most;
	entry->seen = true;
}

void shared_see_files(struct shared_limits *limits, uint64_t used, uint64_t most)
{
	see(limits, key_of(NULL), used, most >= INT64_MAX ? LIMIT_INFINITY : most);
}

void shared_see_inotify(struct shared_limits *limits, const struct inotify_use *use)
{
	if (use->used)
		see(limits, key_of(use), use->used,
		    use->most >= INT32_MAX ? LIMIT_INFINITY : use->most);
}

void shared_refused(struct shared_limits *limits, const struct inotify_use *use, uint64_t now)
{
	struct entry *entry = find(limits, key_of(use));

	if (entry)
		entry->limit.exhausted_at = now;
}

static void foresee(struct entry *entry, uint64_t now, const struct alarm_thresholds *thresholds)
{
	struct shared_limit *limit = &entry->limit;
	struct forecast_sample sample = {
		.live = limit->used < UINT32_MAX ? (uint32_t)limit->used : UINT32_MAX,
		.limit = limit->most,
	};

	if (!entry->begun)
		entry->begun = now - 1;
	sample.t = now - entry->begun;
	if (!limit->forecast)
		limit->forecast = forecast_new();
	if (limit->forecast && forecast_add(limit->forecast, &sample, thresholds) < 0) {
		forecast_free(limit->forecast);
		limit->forecast = NULL;
	}
}

static enum process_state judge(const struct shared_limit *limit, uint64_t now)
{
	if (limit->used >= limit->most)
		return STATE_EXHAUSTED; /* the next call will be refused */
	if (limit->exhausted_at && now < limit->exhausted_at + EXHAUSTED_FOR)
		return STATE_EXHAUSTED;
	return limit->forecast ? forecast_state(limit->forecast) : STATE_OK;
}

void shared_end(struct shared_limits *limits, uint64_t now,
		const struct alarm_thresholds *thresholds, shared_changed *changed, void *data)
{
	struct entry *entry, *next;

	HASH_ITER (hh, limits->entries, entry, next) {
		struct shared_limit *limit = &entry->limit;
		enum process_state previous = limit->state;

		if (!entry->seen)
			limit->used = 0;
		foresee(entry, now, thresholds);
		limit->state = entry->seen ? judge(limit, now) : STATE_OK;
		if (limit->state != previous && changed)
			changed(limit, previous, data);
		if (!entry->seen)
			drop(limits, entry);
	}
}

void shared_end_blind(struct shared_limits *limits, uint64_t now, shared_changed *changed,
		      void *data)
{
	struct entry *entry, *next;

	HASH_ITER (hh, limits->entries, entry, next) {
		struct shared_limit *limit = &entry->limit;
		enum process_state previous = limit->state;

		if (previous == STATE_EXHAUSTED || judge(limit, now) != STATE_EXHAUSTED)
			continue;
		limit->state = STATE_EXHAUSTED;
		if (limit->used < limit->most && limit->most != LIMIT_INFINITY)
			limit->used = limit->most; /* as whoever refused has seen */
		if (changed)
			changed(limit, previous, data);
	}
}

const struct shared_limit *shared_next(const struct shared_limits *limits,
				       const struct shared_limit *limit)
{
	const struct entry *entry =
		limit ? ((const struct entry *)limit)->hh.next : limits->entries;

	return entry ? &entry->limit : NULL;
}

static const char *resource_of(enum shared_kind kind)
{
	return kind == SHARED_INOTIFY ? "fs.inotify.max_user_instances" : "fs.file-max";
}

const char *shared_resource(const struct shared_limit *limit)
{
	return resource_of(limit->kind);
}

const char *shared_resource_of_name(const char *name)
{
	return resource_of(strncmp(name, INOTIFY, strlen(INOTIFY)) ? SHARED_FILE_MAX
								   : SHARED_INOTIFY);
}

void shared_name(const struct shared_limit *limit, const char *user, char name[SHARED_NAME_SIZE])
{
	char number[12];

	if (limit->kind != SHARED_INOTIFY) {
		snprintf(name, SHARED_NAME_SIZE, "%s", shared_resource(limit));
		return;
	}
	snprintf(number, sizeof(number), "%u", limit->uid);
	if (limit->user_ns == HOST_USER_NS)
		snprintf(name, SHARED_NAME_SIZE, INOTIFY "%.64s", user ? user : number);
	else
		snprintf(name, SHARED_NAME_SIZE, INOTIFY "%.64s@%u", user ? user : number,
			 limit->user_ns);
}
