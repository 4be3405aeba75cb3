/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end of a connection, by the kernel's word alone, and what they may see. */
#ifndef FDWATCH_SERVE_PEER_H
#define FDWATCH_SERVE_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "serve/serve.h"

#define PEER_NO_GROUP ((gid_t)-1)

struct peer {
	uid_t uid;     /* effective, when it connected */
	bool sees_all; /* root, or a member of the privileged group */
};

/* The id of the group `name`, PEER_NO_GROUP where there is none. May block: at the start only. */
gid_t peer_group(const char *name);

/* Reads the peer of a connected Unix socket. 0 or -errno. */
int peer_read(struct peer *peer, int fd, gid_t privileged);

/* Whether root or the group makes them one who sees all. */
bool peer_is_privileged(uid_t uid, gid_t gid, const gid_t *groups, size_t count, gid_t privileged);

/* Looks at the process anew where the sample alone would allow it. */
bool peer_sees_process(const struct peer *peer, const struct process_sample *sample,
		       const struct serve_source *source);

bool peer_sees_event(const struct peer *peer, const struct event *event);

#endif
