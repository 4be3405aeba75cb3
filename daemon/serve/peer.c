// SPDX-License-Identifier: BSD-2-Clause
#include "serve/peer.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cleanup.h"

#define GROUP_BUFFER_MAX (1024 * 1024) /* a group with very many members */
#define GROUPS_AT_HAND 64              /* nearly everyone has fewer */
#define GROUPS_MAX 65536               /* the kernel's NGROUPS_MAX */

gid_t peer_group(const char *name)
{
	for (size_t size = 1024; size <= GROUP_BUFFER_MAX; size *= 4) {
		_free_ char *buffer = malloc(size);
		struct group group, *found = NULL;
		int r = buffer ? getgrnam_r(name, &group, buffer, size, &found) : ENOMEM;

		if (r != ERANGE)
			return found ? found->gr_gid : PEER_NO_GROUP;
	}
	return PEER_NO_GROUP;
}

bool peer_is_privileged(uid_t uid, gid_t gid, const gid_t *groups, size_t count, gid_t privileged)
{
	if (uid == 0)
		return true;
	if (privileged == PEER_NO_GROUP)
		return false;
	if (gid == privileged)
		return true;
	for (size_t i = 0; i < count; i++)
		if (groups[i] == privileged)
			return true;
	return false;
}

static int groups_privilege(struct peer *peer, gid_t gid, const gid_t *groups, socklen_t size,
			    gid_t privileged)
{
	peer->sees_all =
		peer_is_privileged(peer->uid, gid, groups, size / sizeof(gid_t), privileged);
	return 0;
}

int peer_read(struct peer *peer, int fd, gid_t privileged)
{
	gid_t some[GROUPS_AT_HAND];
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		return -errno;
	*peer = (struct peer){.uid = credentials.uid};
	size = sizeof(some);
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, some, &size))
		return groups_privilege(peer, credentials.gid, some, size, privileged);
	if (errno != ERANGE)
		return -errno;
	size = GROUPS_MAX * sizeof(gid_t);
	_free_ gid_t *all = malloc(size);

	if (!all)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &size))
		return -errno;
	return groups_privilege(peer, credentials.gid, all, size, privileged);
}

static bool owns(const struct peer *peer, uint32_t uid, uint32_t euid, uint32_t suid, bool dumpable)
{
	return dumpable && uid == peer->uid && euid == peer->uid && suid == peer->uid;
}

bool peer_sees_process(const struct peer *peer, const struct process_sample *sample,
		       const struct serve_source *source)
{
	if (peer->sees_all)
		return true;
	/* It may have run a set-uid program since the sample was taken. */
	return owns(peer, sample->uid, sample->euid, sample->suid, sample->dumpable) &&
	       source->owned_by(sample->pid, sample->start_time, peer->uid, source->data);
}

bool peer_sees_event(const struct peer *peer, const struct event *event)
{
	return peer->sees_all || owns(peer, event->uid, event->euid, event->suid, event->dumpable);
}
