/* SPDX-License-Identifier: BSD-2-Clause */
#include "users.h"

#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define USERS_MAX 1024 /* different users with processes at once; beyond it numbers are shown */
#define REFRESH_SECONDS 600
#define NAME_MAX_BYTES 64
#define BUFFER_MAX 16384 /* of getpwuid_r: what sysconf(_SC_GETPW_R_SIZE_MAX) says, with room */

struct user {
	uint32_t uid;
	bool known;
	bool asked; /* a look-up is due or under way */
	time_t since;
	char name[NAME_MAX_BYTES];
};

/* Two owners: the loop and the thread; who lets go last frees it. */
struct users {
	pthread_mutex_t lock;
	pthread_cond_t asked;
	int owners;
	bool stop;
	size_t count;
	struct user user[USERS_MAX];
	char answer[NAME_MAX_BYTES];
};

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void look_up(uint32_t uid, char name[NAME_MAX_BYTES])
{
	char buffer[BUFFER_MAX];
	struct passwd entry, *found = NULL;

	if (!getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) && found)
		snprintf(name, NAME_MAX_BYTES, "%s", entry.pw_name);
	else
		snprintf(name, NAME_MAX_BYTES, "%u", uid);
}

static struct user *next_asked(struct users *u)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->user[i].asked)
			return &u->user[i];
	return NULL;
}

/* With the lock held; frees with the last owner. */
static void let_go(struct users *u)
{
	bool last = --u->owners == 0;

	pthread_mutex_unlock(&u->lock);
	if (!last)
		return;
	pthread_cond_destroy(&u->asked);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

static void *work(void *data)
{
	struct users *u = data;
	struct user *user;
	char name[NAME_MAX_BYTES];

	pthread_mutex_lock(&u->lock);
	while (!u->stop) {
		user = next_asked(u);
		if (!user) {
			pthread_cond_wait(&u->asked, &u->lock);
			continue;
		}
		uint32_t uid = user->uid;

		pthread_mutex_unlock(&u->lock);
		look_up(uid, name);
		pthread_mutex_lock(&u->lock);
		snprintf(user->name, sizeof(user->name), "%s", name);
		user->known = true;
		user->asked = false;
		user->since = now();
	}
	let_go(u);
	return NULL;
}

/* Signals are the loop's: the thread is born with all of them blocked. */
static int start_thread(struct users *u)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attributes, work, u);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

struct users *users_new(void)
{
	struct users *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->asked, NULL);
	u->owners = 2;
	if (start_thread(u)) {
		u->owners = 1;
		users_free(u);
		return NULL;
	}
	return u;
}

void users_free(struct users *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	u->stop = true;
	pthread_cond_signal(&u->asked);
	let_go(u);
}

static struct user *find(struct users *u, uint32_t uid)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->user[i].uid == uid)
			return &u->user[i];
	if (u->count == USERS_MAX)
		return NULL;
	u->user[u->count] = (struct user){ .uid = uid };
	return &u->user[u->count++];
}

const char *users_name(struct users *u, uint32_t uid)
{
	const char *answer = NULL;
	struct user *user;

	pthread_mutex_lock(&u->lock);
	user = find(u, uid);
	if (user && !user->asked && (!user->known || now() - user->since > REFRESH_SECONDS)) {
		user->asked = true;
		pthread_cond_signal(&u->asked);
	}
	if (user && user->known) {
		memcpy(u->answer, user->name, sizeof(u->answer));
		answer = u->answer;
	} else if (!user) {
		snprintf(u->answer, sizeof(u->answer), "%u", uid);
		answer = u->answer;
	}
	pthread_mutex_unlock(&u->lock);
	return answer;
}
