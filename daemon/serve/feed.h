/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers that are lines, some of them without end: each is asked for when there is room for it. */
#ifndef FDWATCH_SERVE_FEED_H
#define FDWATCH_SERVE_FEED_H

#include <microhttpd.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "serve/quota.h"
#include "serve/writer.h"

struct feed;

/* Those that are woken together. */
struct feeds {
	LIST_HEAD(, feed) all;
	sd_event *loop;
	struct quota *quota;
	void (*woken)(void *data); /* the HTTP server has something to do */
	void *data;
};

enum feed_line {
	FEED_LINE, /* one is written */
	FEED_WAIT, /* there is none now: the end of one that does not follow */
	FEED_END,  /* there will be none */
};

/* Where a feed's lines come from. */
struct feed_source {
	enum feed_line (*next)(void *data, struct writer *line);
	void (*free)(void *data);
	void *data;
};

/*
 * Makes the response that tells the lines to `peer` over `connection`, whose socket is `fd`. Takes
 * `source` over, in case of an error too. Returns 0 with *response set; -EDQUOT: the user has all
 * of their streams; or another -errno.
 */
int feed_new(struct feeds *feeds, struct MHD_Connection *connection, int fd,
	     const struct peer *peer, bool follow, const struct feed_source *source,
	     struct MHD_Response **response);

/* Wakes every one that waits. */
void feeds_wake(struct feeds *feeds);

#endif
