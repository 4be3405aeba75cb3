/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread beside the event loop, for what may be held up by others. It shares a struct with its
 * owner, may outlive it, and whoever leaves last frees that.
 */
#ifndef FDWATCH_WORKER_H
#define FDWATCH_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* over the shared struct */
	bool stop;
	bool alone; /* one of the two has left */
};

/*
 * Makes the lock and starts `work(data)` with all signals blocked: they are for the event loop.
 * 0 or a positive errno; then the lock is still to be destroyed.
 */
int worker_start(struct worker *worker, void *(*work)(void *data), void *data);

/* With the lock held: gives it up. True where nobody else is left, and all is to be freed. */
bool worker_leave(struct worker *worker);

/* After the owner has left: waits a moment for the thread's end, then lets it end by itself. */
void worker_join(pthread_t thread);

/* The moment in so many milliseconds. */
struct timespec worker_deadline(clockid_t clock, long msec);

#endif
