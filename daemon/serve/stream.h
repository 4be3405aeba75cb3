/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as a stream of lines: the history, or for those who follow what happens from now on. */
#ifndef FDWATCH_SERVE_STREAM_H
#define FDWATCH_SERVE_STREAM_H

#include "model/event.h"
#include "serve/feed.h"

/* As feed_new(), with the events that `peer` may see. `feeds` is woken at each new one. */
int stream_new(struct feeds *feeds, const struct event_log *events,
	       struct MHD_Connection *connection, int fd, const struct peer *peer, bool follow,
	       struct MHD_Response **response);

#endif
