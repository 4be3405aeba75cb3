/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests whose answers are still to come: they sleep, hold no memory, and are asked again. */
#ifndef FDWATCH_SERVE_WAITER_H
#define FDWATCH_SERVE_WAITER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

struct waiter;

struct waiters {
	LIST_HEAD(, waiter) sleeping;
	sd_event *loop;
	void (*woken)(void *data); /* the HTTP server has something to do */
	void *data;
};

/* One connection; all zero has never slept. */
struct waiter {
	LIST_ENTRY(waiter) entry;
	struct waiters *waiters; /* NULL: has never slept */
	struct MHD_Connection *http;
	sd_event_source *hangup;
	sd_event_source *timer;
	bool sleeps;
	bool late; /* its time is over */
	bool gone; /* nobody reads the answer any more */
};

/*
 * Suspends the connection, whose socket is `fd`, until waiters_wake(), the client's end or, where
 * `usec` is not 0, that much time has passed since it slept first, or anew
 * since it was late. The library then asks for it
 * again. 0 or -errno.
 */
int waiter_sleep(struct waiters *waiters, struct waiter *waiter, struct MHD_Connection *http,
		 int fd, uint64_t usec);

/* The connection ends. */
void waiter_end(struct waiter *waiter);

void waiters_wake(struct waiters *waiters);

#endif
