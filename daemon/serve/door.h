/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections before and after their request. Before: accepted here, so that quotas hold from the
 * first byte; what does not send a whole head in time, or sends a malformed one, gets its answer
 * here. After: a client that was answered before it had sent all is listened to for a moment, since
 * a socket closed on unread bytes breaks the client's writing before it reads the answer.
 */
#ifndef FDWATCH_SERVE_DOOR_H
#define FDWATCH_SERVE_DOOR_H

#include <systemd/sd-event.h>

#include "serve/quota.h"

struct door;

/* What comes in: a connection whose head is whole and unread. It has a connection's quota. */
typedef void door_entered(int fd, const struct peer *peer, void *data);

/* Takes over the listening socket. 0 or -errno (the socket is then the caller's). */
int door_open(struct door **door, sd_event *loop, int fd, struct quota *quota,
	      door_entered *entered, void *data);

/* Drops everyone at the door; NULL is well. */
void door_close(struct door *door);

/*
 * Listens to what a client still sends after its answer, a moment long, if it does. Leaves `fd` to
 * the caller.
 */
void door_linger(struct door *door, int fd);

#endif
