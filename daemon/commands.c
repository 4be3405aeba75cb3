// SPDX-License-Identifier: BSD-2-Clause
#include "commands.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/procfs.h"

#define STOP_WAIT_MSEC 200

/* Shared with the thread, which may outlive commands_free(): whoever leaves last frees it. */
struct commands {
	pthread_mutex_t lock;
	pthread_cond_t asked; /* or to stop */
	pthread_cond_t answered;
	pthread_t thread;
	bool stop;
	bool alone; /* one of the two has left */
	bool busy;  /* from the question to its answer, wanted still or not */
	int32_t pid;
	uint64_t start_time;
	int result;
	char answer[COMMANDS_SIZE];
	char root[];
};

static void destroy(struct commands *c)
{
	pthread_cond_destroy(&c->answered);
	pthread_cond_destroy(&c->asked);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* With the lock held: gives it up, and all with it where nobody else is left. */
static void leave(struct commands *c)
{
	bool last = c->alone;

	c->alone = true;
	pthread_mutex_unlock(&c->lock);
	if (last)
		destroy(c);
}

/* With the lock held, which it gives up while it reads. */
static void answer(struct commands *c)
{
	uint64_t start_time = c->start_time;
	char text[COMMANDS_SIZE];
	int32_t pid = c->pid;
	int r;

	pthread_mutex_unlock(&c->lock);
	r = procfs_command_line(c->root, pid, start_time, text, sizeof(text));
	pthread_mutex_lock(&c->lock);
	snprintf(c->answer, sizeof(c->answer), "%s", r < 0 ? "" : text);
	c->result = r;
	c->busy = false;
	pthread_cond_signal(&c->answered);
}

static void *work(void *data)
{
	struct commands *c = data;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		if (c->busy)
			answer(c);
		else
			pthread_cond_wait(&c->asked, &c->lock);
	}
	leave(c);
	return NULL;
}

/* The thread takes no signals: they are for the event loop. */
static int start_thread(struct commands *c)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&c->thread, NULL, work, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

struct commands *commands_new(const char *root)
{
	size_t size = strlen(root) + 1;
	struct commands *c = calloc(1, sizeof(*c) + size);
	pthread_condattr_t monotonic;

	if (!c)
		return NULL;
	memcpy(c->root, root, size);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->asked, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&c->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (start_thread(c)) {
		destroy(c);
		return NULL;
	}
	return c;
}

static struct timespec in_msec(clockid_t clock, long msec)
{
	struct timespec then;

	clock_gettime(clock, &then);
	then.tv_nsec += msec * 1000000L;
	then.tv_sec += then.tv_nsec / 1000000000L;
	then.tv_nsec %= 1000000000L;
	return then;
}

void commands_free(struct commands *c)
{
	struct timespec until;
	pthread_t thread;

	if (!c)
		return;
	thread = c->thread;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->asked);
	leave(c);
	until = in_msec(CLOCK_REALTIME, STOP_WAIT_MSEC);
	if (pthread_timedjoin_np(thread, NULL, &until))
		pthread_detach(thread);
}

/* With the lock held. */
static int ask(struct commands *c, int32_t pid, uint64_t start_time)
{
	struct timespec until = in_msec(CLOCK_MONOTONIC, COMMANDS_WAIT_MSEC);

	if (c->busy)
		return -EBUSY;
	c->busy = true;
	c->pid = pid;
	c->start_time = start_time;
	pthread_cond_signal(&c->asked);
	while (c->busy)
		if (pthread_cond_timedwait(&c->answered, &c->lock, &until) == ETIMEDOUT && c->busy)
			return -ETIMEDOUT;
	return c->result;
}

int commands_read(struct commands *c, int32_t pid, uint64_t start_time, char *buffer, size_t size)
{
	int r;

	pthread_mutex_lock(&c->lock);
	r = ask(c, pid, start_time);
	snprintf(buffer, size, "%s", r < 0 ? "" : c->answer);
	pthread_mutex_unlock(&c->lock);
	return r;
}
