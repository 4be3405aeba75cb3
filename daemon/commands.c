// SPDX-License-Identifier: BSD-2-Clause
#include "commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/procfs.h"
#include "worker.h"

/* Shared with the thread. */
struct commands {
	struct worker worker;
	pthread_cond_t asked; /* or to stop */
	pthread_cond_t answered;
	bool busy; /* from the question to its answer, wanted still or not */
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
	pthread_mutex_destroy(&c->worker.lock);
	free(c);
}

static void leave(struct commands *c)
{
	if (worker_leave(&c->worker))
		destroy(c);
}

/* With the lock held, which it gives up while it reads. */
static void answer(struct commands *c)
{
	uint64_t start_time = c->start_time;
	char text[COMMANDS_SIZE];
	int32_t pid = c->pid;
	int r;

	pthread_mutex_unlock(&c->worker.lock);
	r = procfs_command_line(c->root, pid, start_time, text, sizeof(text));
	pthread_mutex_lock(&c->worker.lock);
	snprintf(c->answer, sizeof(c->answer), "%s", r < 0 ? "" : text);
	c->result = r;
	c->busy = false;
	pthread_cond_signal(&c->answered);
}

static void *work(void *data)
{
	struct commands *c = data;

	pthread_mutex_lock(&c->worker.lock);
	while (!c->worker.stop) {
		if (c->busy)
			answer(c);
		else
			pthread_cond_wait(&c->asked, &c->worker.lock);
	}
	leave(c);
	return NULL;
}

struct commands *commands_new(const char *root)
{
	size_t size = strlen(root) + 1;
	struct commands *c = calloc(1, sizeof(*c) + size);
	pthread_condattr_t monotonic;

	if (!c)
		return NULL;
	memcpy(c->root, root, size);
	pthread_cond_init(&c->asked, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&c->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (worker_start(&c->worker, work, c)) {
		destroy(c);
		return NULL;
	}
	return c;
}

void commands_free(struct commands *c)
{
	pthread_t thread;

	if (!c)
		return;
	thread = c->worker.thread;
	pthread_mutex_lock(&c->worker.lock);
	c->worker.stop = true;
	pthread_cond_signal(&c->asked);
	leave(c);
	worker_join(thread);
}

/* With the lock held. */
static int ask(struct commands *c, int32_t pid, uint64_t start_time)
{
	struct timespec until = worker_deadline(CLOCK_MONOTONIC, COMMANDS_WAIT_MSEC);

	if (c->busy)
		return -EBUSY;
	c->busy = true;
	c->pid = pid;
	c->start_time = start_time;
	pthread_cond_signal(&c->asked);
	while (c->busy)
		if (pthread_cond_timedwait(&c->answered, &c->worker.lock, &until) == ETIMEDOUT &&
		    c->busy)
			return -ETIMEDOUT;
	return c->result;
}

int commands_read(struct commands *c, int32_t pid, uint64_t start_time, char *buffer, size_t size)
{
	int r;

	pthread_mutex_lock(&c->worker.lock);
	r = ask(c, pid, start_time);
	snprintf(buffer, size, "%s", r < 0 ? "" : c->answer);
	pthread_mutex_unlock(&c->worker.lock);
	return r;
}
