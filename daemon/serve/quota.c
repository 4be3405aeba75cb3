// SPDX-License-Identifier: BSD-2-Clause
#include "serve/quota.h"

#include <errno.h>

static struct quota_share *find(struct quota *quota, uid_t uid)
{
	for (size_t i = 0; i < quota->count; i++)
		if (quota->shares[i].uid == uid)
			return &quota->shares[i];
	return NULL;
}

int quota_connect(struct quota *quota, const struct peer *peer)
{
	struct quota_share *share;

	if (quota->connections >= QUOTA_CONNECTIONS)
		return -EUSERS;
	if (!peer->sees_all) {
		share = find(quota, peer->uid);
		if (share && share->connections >= QUOTA_USER_CONNECTIONS)
			return -EDQUOT;
		if (quota->ordinary >= QUOTA_ORDINARY)
			return -EUSERS;
		if (!share) { /* there is room: no more users than connections */
			share = &quota->shares[quota->count++];
			*share = (struct quota_share){.uid = peer->uid};
		}
		share->connections++;
		quota->ordinary++;
	}
	quota->connections++;
	return 0;
}

void quota_disconnect(struct quota *quota, const struct peer *peer)
{
	struct quota_share *share;

	quota->connections--;
	if (peer->sees_all)
		return;
	quota->ordinary--;
	share = find(quota, peer->uid);
	if (--share->connections == 0)
		*share = quota->shares[--quota->count];
}

bool quota_stream(struct quota *quota, const struct peer *peer)
{
	struct quota_share *share;

	if (peer->sees_all)
		return true;
	share = find(quota, peer->uid);
	if (share->streams >= QUOTA_USER_STREAMS)
		return false;
	share->streams++;
	return true;
}

void quota_end_stream(struct quota *quota, const struct peer *peer)
{
	if (!peer->sees_all)
		find(quota, peer->uid)->streams--;
}

bool quota_bytes(struct quota *quota, const struct peer *peer, size_t bytes)
{
	struct quota_share *share;

	if (peer->sees_all)
		return true;
	share = find(quota, peer->uid);
	if (share->bytes && share->bytes + bytes > QUOTA_USER_BYTES)
		return false;
	share->bytes += bytes;
	return true;
}

void quota_end_bytes(struct quota *quota, const struct peer *peer, size_t bytes)
{
	if (!peer->sees_all)
		find(quota, peer->uid)->bytes -= bytes;
}
