/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as a stream of lines: the history, or for those who follow what happens from now on. */
#ifndef FDWATCH_SERVE_STREAM_H
#define FDWATCH_SERVE_STREAM_H

#include <microhttpd.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "serve/quota.h"

struct follower;

struct streams {
	LIST_HEAD(, follower) followers;
	sd_event *loop;
	const struct event_log *events;
	struct quota *quota;
	void (*woken)(void *data); /* the HTTP server has something to do */
	void *data;
};

/*
 * Makes the response that streams events to `peer` over `connection`, whose socket is `fd`.
 * Returns 0 with *response set; -EDQUOT: the user has all of their streams; or another -errno.
 */
int stream_new(struct streams *streams, struct MHD_Connection *connection, int fd,
	       const struct peer *peer, bool follow, struct MHD_Response **response);

/* Wakes every follower that waits for events. */
void streams_wake(struct streams *streams);

#endif
