/* SPDX-License-Identifier: BSD-2-Clause */
/* What polls see of one process, a line each: what a trace is recorded from. */
#ifndef FDWATCH_SERVE_SAMPLES_H
#define FDWATCH_SERVE_SAMPLES_H

#include "serve/feed.h"
#include "serve/serve.h"

/*
 * As feed_new(), with one line for each poll from the last one on: {"t_seconds","live","limit",
 * "opened","closed"}, seconds since boot. One who follows and is slow misses polls; the stream ends
 * with the process, or when it is no longer the peer's. `feeds` is woken after each poll. -ESRCH:
 * there is no such process that the peer may see.
 */
int samples_new(struct feeds *feeds, const struct serve_source *source,
		struct MHD_Connection *connection, int fd, const struct peer *peer, int32_t pid,
		bool follow, struct MHD_Response **response);

#endif
