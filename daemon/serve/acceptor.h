/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections before and after their request. Before: accepted here, so that quotas hold from the
 * first byte; what does not send a whole head in time, or sends a malformed one, gets its answer
 * here. After: a client that was answered before it had sent all is listened to for a moment, since
 * a socket closed on unread bytes breaks the client's writing before it reads the answer.
 */
#ifndef FDWATCH_SERVE_ACCEPTOR_H
#define FDWATCH_SERVE_ACCEPTOR_H

#include <systemd/sd-event.h>

#include "serve/quota.h"

struct acceptor;

/* What comes in: a connection whose head is whole and unread. It has a connection's quota. */
typedef void acceptor_admit(int fd, const struct peer *peer, void *data);

/* Takes over the listening socket. 0 or -errno (the socket is then the caller's). */
int acceptor_open(struct acceptor **acceptor, sd_event *loop, int fd, struct quota *quota,
		  acceptor_admit *admit, void *data);

/* Drops every connection that is still here; NULL is well. */
void acceptor_close(struct acceptor *acceptor);

/*
 * Listens to what a client still sends after its answer, a moment long, if it does. Leaves `fd` to
 * the caller.
 */
void acceptor_linger(struct acceptor *acceptor, int fd);

#endif
