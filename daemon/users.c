// SPDX-License-Identifier: BSD-2-Clause
#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define HASH_NONFATAL_OOM 1 /* an entry that was not added has no hh.tbl */
#include <uthash.h>

#include "worker.h"

#define NAME_MAX_BYTES 256
#define RECORD_MAX (1024 * 1024) /* of the user database, which may list a user's groups */
#define RETRY_SECONDS 30         /* after a name service that failed */

struct entry {
	uint32_t uid;
	bool known;
	bool asked;        /* stands in the queue, or the thread has it in hand */
	time_t due;        /* when to ask anew */
	UT_hash_handle hh; /* oldest first */
	char name[NAME_MAX_BYTES];
};

/* Shared with the thread. */
struct users {
	struct worker worker;
	pthread_cond_t wake;
	struct entry *entries;
	size_t first, waiting; /* of the queue */
	uint32_t queue[USERS_MAX];
	char answer[NAME_MAX_BYTES]; /* the caller's copy */
};

static time_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void destroy(struct users *u)
{
	struct entry *entry, *next;

	HASH_ITER (hh, u->entries, entry, next) {
		HASH_DEL(u->entries, entry);
		free(entry);
	}
	pthread_cond_destroy(&u->wake);
	pthread_mutex_destroy(&u->worker.lock);
	free(u);
}

static void leave(struct users *u)
{
	if (worker_leave(&u->worker))
		destroy(u);
}

static struct entry *find(const struct users *u, uint32_t uid)
{
	struct entry *entry;

	HASH_FIND(hh, u->entries, &uid, sizeof(uid), entry);
	return entry;
}

/* The user's name or its number. False where the name service could not say. */
static bool look_up(uint32_t uid, char *name, size_t size)
{
	struct passwd record, *found = NULL;
	char *buffer = NULL, *larger;
	int r = ERANGE;

	for (size_t room = 1024; r == ERANGE && room <= RECORD_MAX; room *= 2) {
		larger = realloc(buffer, room);
		if (!larger) {
			r = ENOMEM;
			break;
		}
		buffer = larger;
		r = getpwuid_r(uid, &record, buffer, room, &found);
	}
	if (!r && found)
		snprintf(name, size, "%s", record.pw_name);
	else
		snprintf(name, size, "%u", uid);
	free(buffer);
	/* Several ways to say that there is no such user: getpwuid_r(3). */
	return !r || r == ENOENT || r == ESRCH || r == EBADF || r == EPERM;
}

/* With the lock held, which it gives up while it asks. */
static void answer(struct users *u, uint32_t uid)
{
	char name[NAME_MAX_BYTES];
	struct entry *entry;
	bool sure;

	pthread_mutex_unlock(&u->worker.lock);
	sure = look_up(uid, name, sizeof(name));
	pthread_mutex_lock(&u->worker.lock);
	entry = find(u, uid);
	if (!entry)
		return; /* it had to make room */
	if (sure || !entry->known)
		memcpy(entry->name, name, sizeof(name));
	entry->known = true;
	entry->asked = false;
	entry->due = now_seconds() + (sure ? USERS_REFRESH_SECONDS : RETRY_SECONDS);
}

static void *work(void *data)
{
	struct users *u = data;

	pthread_mutex_lock(&u->worker.lock);
	while (!u->worker.stop) {
		uint32_t uid;

		if (!u->waiting) {
			pthread_cond_wait(&u->wake, &u->worker.lock);
			continue;
		}
		uid = u->queue[u->first];
		u->first = (u->first + 1) % USERS_MAX;
		u->waiting--;
		if (find(u, uid))
			answer(u, uid);
	}
	leave(u);
	return NULL;
}

struct users *users_new(void)
{
	struct users *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	pthread_cond_init(&u->wake, NULL);
	if (worker_start(&u->worker, work, u)) {
		destroy(u);
		return NULL;
	}
	return u;
}

void users_free(struct users *u)
{
	pthread_t thread;

	if (!u)
		return;
	thread = u->worker.thread;
	pthread_mutex_lock(&u->worker.lock);
	u->worker.stop = true;
	pthread_cond_signal(&u->wake);
	leave(u);
	worker_join(thread);
}

static struct entry *add(struct users *u, uint32_t uid)
{
	struct entry *entry;

	if (HASH_COUNT(u->entries) >= USERS_MAX) {
		entry = u->entries;
		HASH_DEL(u->entries, entry);
		free(entry);
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->uid = uid;
	HASH_ADD(hh, u->entries, uid, sizeof(uid), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	return entry;
}

static void ask(struct users *u, struct entry *entry)
{
	if (u->waiting == USERS_MAX)
		return; /* the next call asks again */
	u->queue[(u->first + u->waiting++) % USERS_MAX] = entry->uid;
	entry->asked = true;
	pthread_cond_signal(&u->wake);
}

const char *users_name(struct users *u, uint32_t uid)
{
	struct entry *entry;
	bool known;

	pthread_mutex_lock(&u->worker.lock);
	entry = find(u, uid);
	if (!entry)
		entry = add(u, uid);
	if (entry && !entry->asked && now_seconds() >= entry->due)
		ask(u, entry);
	known = entry && entry->known;
	if (known)
		memcpy(u->answer, entry->name, sizeof(u->answer));
	pthread_mutex_unlock(&u->worker.lock);
	return known ? u->answer : NULL;
}
