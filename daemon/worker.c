// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#include <signal.h>

#define JOIN_MSEC 200

int worker_start(struct worker *worker, void *(*work)(void *data), void *data)
{
	sigset_t all, before;
	int r;

	pthread_mutex_init(&worker->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&worker->thread, NULL, work, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

bool worker_leave(struct worker *worker)
{
	bool last = worker->alone;

	worker->alone = true;
	pthread_mutex_unlock(&worker->lock);
	return last;
}

void worker_join(pthread_t thread)
{
	struct timespec until = worker_deadline(CLOCK_MONOTONIC, JOIN_MSEC);

	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until))
		pthread_detach(thread);
}

struct timespec worker_deadline(clockid_t clock, long msec)
{
	struct timespec then;

	clock_gettime(clock, &then);
	then.tv_nsec += msec * 1000000L;
	then.tv_sec += then.tv_nsec / 1000000000L;
	then.tv_nsec %= 1000000000L;
	return then;
}
