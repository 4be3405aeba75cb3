/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that get nowhere. A request, and its answer, each have a time to be whole in, however
 * often a byte of them comes; and where connections run short, the one that has stood still longest
 * makes room.
 */
#ifndef FDWATCH_SERVE_PATIENCE_H
#define FDWATCH_SERVE_PATIENCE_H

#include <microhttpd.h>
#include <systemd/sd-event.h>

struct patience;

/* Keeps `room` connections at most. NULL without memory. */
struct patience *patience_new(sd_event *loop, size_t room);

/* When no connection is left. NULL is well. */
void patience_free(struct patience *patience);

/* For MHD_OPTION_NOTIFY_CONNECTION, with the struct patience as its data. */
void patience_on_connection(void *patience, struct MHD_Connection *connection, void **context,
			    enum MHD_ConnectionNotificationCode code);

/* To be called when a request's head is whole, and when its answer has been sent. */
void patience_step(struct patience *patience, struct MHD_Connection *connection);

#endif
