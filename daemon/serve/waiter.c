// SPDX-License-Identifier: BSD-2-Clause
#include "serve/waiter.h"

#include <sys/epoll.h>

static void wake(struct waiter *waiter)
{
	if (!waiter->sleeps)
		return;
	waiter->sleeps = false;
	LIST_REMOVE(waiter, entry);
	sd_event_source_set_enabled(waiter->hangup, SD_EVENT_OFF);
	MHD_resume_connection(waiter->http);
	waiter->waiters->woken(waiter->waiters->data);
}

/* While a connection is suspended nobody but this watches whether its client is still there. */
static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct waiter *waiter = data;

	(void)source, (void)fd, (void)events;
	waiter->gone = true;
	wake(waiter);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct waiter *waiter = data;

	(void)source, (void)now;
	waiter->late = true;
	wake(waiter);
	return 0;
}

static int begin(struct waiters *waiters, struct waiter *waiter, int fd, uint64_t usec)
{
	int r = sd_event_add_io(waiters->loop, &waiter->hangup, fd, EPOLLHUP, on_hangup, waiter);

	if (r >= 0)
		r = sd_event_source_set_enabled(waiter->hangup, SD_EVENT_OFF);
	if (r >= 0 && usec)
		r = sd_event_add_time_relative(waiters->loop, &waiter->timer, CLOCK_MONOTONIC, usec,
					       1000, on_timer, waiter);
	if (r >= 0)
		waiter->waiters = waiters;
	return r;
}

/* It has waited for one thing, and now does for another. */
static int begin_again(struct waiter *waiter, uint64_t usec)
{
	int r = sd_event_source_set_time_relative(waiter->timer, usec);

	waiter->late = false;
	return r < 0 ? r : sd_event_source_set_enabled(waiter->timer, SD_EVENT_ONESHOT);
}

int waiter_sleep(struct waiters *waiters, struct waiter *waiter, struct MHD_Connection *http,
		 int fd, uint64_t usec)
{
	int r = waiter->waiters ? 0 : begin(waiters, waiter, fd, usec);

	if (r >= 0 && waiter->late && usec)
		r = begin_again(waiter, usec);
	if (r >= 0)
		r = sd_event_source_set_enabled(waiter->hangup, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	waiter->http = http;
	waiter->sleeps = true;
	LIST_INSERT_HEAD(&waiters->sleeping, waiter, entry);
	MHD_suspend_connection(http);
	return 0;
}

void waiter_end(struct waiter *waiter)
{
	if (waiter->sleeps)
		LIST_REMOVE(waiter, entry);
	waiter->sleeps = false;
	sd_event_source_disable_unref(waiter->hangup);
	sd_event_source_disable_unref(waiter->timer);
	waiter->hangup = waiter->timer = NULL;
}

void waiters_wake(struct waiters *waiters)
{
	struct waiter *waiter = LIST_FIRST(&waiters->sleeping);

	while (waiter) {
		struct waiter *next = LIST_NEXT(waiter, entry);

		wake(waiter);
		waiter = next;
	}
}
