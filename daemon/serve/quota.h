/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of the server one user may hold at once. */
#ifndef FDWATCH_SERVE_QUOTA_H
#define FDWATCH_SERVE_QUOTA_H

#include "serve/peer.h"

/*
 * All connections together: with what lingers (acceptor.h) well below the 1,024 descriptors that a
 * process has by default. Half of them is kept for those who see all, so that ordinary users
 * together can't lock root out.
 */
#define QUOTA_CONNECTIONS 512
#define QUOTA_ORDINARY 256

/* Of one ordinary user: a screen full of clients, and memory that a small host has to spare. */
#define QUOTA_USER_CONNECTIONS 32
#define QUOTA_USER_STREAMS 8
#define QUOTA_USER_BYTES (16U * 1024 * 1024)

/* All zero is an empty one. */
struct quota {
	size_t connections; /* of all */
	size_t ordinary;    /* of those: of ordinary users */
	size_t count;
	struct quota_share {
		uid_t uid;
		size_t connections;
		size_t streams;
		size_t bytes;     /* of answers not sent yet */
	} shares[QUOTA_ORDINARY]; /* ordinary users who have a connection */
};

/* 0; -EDQUOT: the user has all of theirs; -EUSERS: nobody's is left. */
int quota_connect(struct quota *quota, const struct peer *peer);
void quota_disconnect(struct quota *quota, const struct peer *peer);

/* These need a connection. False: the user has all of theirs. */
bool quota_stream(struct quota *quota, const struct peer *peer);
void quota_end_stream(struct quota *quota, const struct peer *peer);

/* One answer always fits, however long. */
bool quota_bytes(struct quota *quota, const struct peer *peer, size_t bytes);
void quota_end_bytes(struct quota *quota, const struct peer *peer, size_t bytes);

#endif
