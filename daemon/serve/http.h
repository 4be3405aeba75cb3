/* SPDX-License-Identifier: BSD-2-Clause */
/* A libmicrohttpd daemon without threads on an sd-event loop. */
#ifndef FDWATCH_SERVE_HTTP_H
#define FDWATCH_SERVE_HTTP_H

#include <systemd/sd-event.h>

struct MHD_Daemon;

/* All zero is one that is not on a loop. */
struct http {
	struct MHD_Daemon *daemon; /* the caller's, with MHD_USE_EPOLL */
	sd_event_source *io;
	sd_event_source *timer; /* what the library wants to be woken for */
	sd_event_source *work;  /* it has something to do at once */
	unsigned busy;          /* so often in a row, and nothing new came */
};

/* From 0.9.77 on MHD_add_connection() only queues, unless told that there are no threads. */
#if MHD_VERSION < 0x00097707
#define MHD_USE_NO_THREAD_SAFETY (1U << 19)
#endif

/* Lets `http->daemon` work on the loop. 0 or -errno. */
int http_join(struct http *http, sd_event *loop);

/* To be called after what the library does not see by itself: it has work at once. */
void http_work_soon(struct http *http);

/* Stops the daemon and leaves the loop; one that was never started is well. */
void http_stop(struct http *http);

#endif
