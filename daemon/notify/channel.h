/* SPDX-License-Identifier: BSD-2-Clause */
/* What all channels have: the notices that they have not told yet, and how they report. */
#ifndef FDWATCH_NOTIFY_CHANNEL_H
#define FDWATCH_NOTIFY_CHANNEL_H

#include <sys/queue.h>

#include "notify/notify.h"

struct hook;
struct run;

/* A notice that waits, or is being told. */
struct pending {
	TAILQ_ENTRY(pending) link;
	struct notice notice;
	unsigned attempts; /* that failed */
	bool complained;   /* the log knows of one */
	uint64_t due;      /* the hook's: not before, microseconds of CLOCK_MONOTONIC */
	struct hook *hook; /* whose */
	struct run *run;   /* is under way for it, or NULL */
};

TAILQ_HEAD(pending_list, pending);

struct channel {
	enum notify_channel number;
	bool refused; /* since there was no room; stays so until `room` is called */
	sd_event *loop;
	sd_event_source *room;
	struct notify_calls calls;
	struct pending_list queue; /* as they were handed over */
	struct status_channel status;
};

void channel_init(struct channel *channel, enum notify_channel number, sd_event *loop,
		  const struct notify_calls *calls);

/* Forgets all that waits, without a word. */
void channel_close(struct channel *channel);

/*
 * Queues a copy. 0, also where it is queued already; -ENOBUFS where there is no room: then a time
 * for `room` is set.
 */
int channel_add(struct channel *channel, const struct notice *notice);

/* The notice that was queued last was refused after all, for a reason of the channel's own. */
void channel_take_back(struct channel *channel, uint64_t event_id);

struct pending *channel_find(const struct channel *channel, uint64_t event_id);

/* It was told, or is given up: forgets it and says so. */
void channel_done(struct channel *channel, struct pending *pending, bool told);

/* A line for the log. */
__attribute__((format(printf, 3, 4))) void channel_log(const struct channel *channel, int level,
						       const char *format, ...);

/*
 * Calls `due(source, time, data)` once in so many microseconds: makes *source, or sets it anew.
 * 0 or -errno.
 */
int timer_set(sd_event *loop, sd_event_source **source, uint64_t usec, sd_event_time_handler_t due,
	      void *data);

/*
 * Microseconds until the next attempt: `first` doubled with each one that failed (1, 2, …) up to
 * `most`, and up to a quarter more, so that those who failed together do not come together.
 */
uint64_t backoff_usec(unsigned failed, uint64_t first, uint64_t most);

#endif
