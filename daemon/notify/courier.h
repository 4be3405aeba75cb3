/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that carries one job at a time, for what may be held up by others. */
#ifndef FDWATCH_NOTIFY_COURIER_H
#define FDWATCH_NOTIFY_COURIER_H

#include <stdbool.h>
#include <systemd/sd-event.h>

struct courier;

struct courier_work {
	/* In the thread: does the job with the tool. Its result goes to `back`. */
	int (*carry)(void *job, void *tool);
	/* On the event loop: it is done, and the job is the owner's again. */
	void (*back)(int result, void *job, void *data);
	/* Called once all is over, wherever that happens; either may be NULL. */
	void (*free_job)(void *job);
	void (*free_tool)(void *tool);
	void *tool; /* the thread's from now on, also where courier_new() fails */
	void *data; /* for `back` */
};

/* 0 or -errno. `work` is copied. */
int courier_new(struct courier **courier, sd_event *loop, const struct courier_work *work);

/* Waits a moment at most: a job under way may be told without `back` being called. */
void courier_free(struct courier *courier);

/* Has a job that is not back yet. */
bool courier_busy(const struct courier *courier);

/* Takes the job over. It must not be busy. */
void courier_send(struct courier *courier, void *job);

#endif
