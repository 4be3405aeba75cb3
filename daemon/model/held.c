// SPDX-License-Identifier: BSD-2-Clause
#include "model/held.h"

#include <stdlib.h>
#include <string.h>

#include "model/bytes.h"

/* Rising numbers that stand for what the process's own sockets are bound to. */
struct held_index {
	uint64_t *ends; /* of each connection, as the other end would name itself; Unix: inodes */
	size_t end_count;
	uint64_t *listeners; /* ports, or names of Unix sockets */
	size_t listener_count;
};

static uint64_t mix(uint64_t hash, const char *text)
{
	return bytes_sum_add(bytes_sum_more(hash, text, strlen(text)), 0xff);
}

static bool is_unix(const struct socket_info *socket)
{
	return !strcmp(socket->family, "unix");
}

/* One end names an IPv4 address as such, and the other may name it as a mapped one. */
static uint64_t mix_end(uint64_t hash, const char *end)
{
	static const char mapped[] = "[::ffff:";

	if (!strncmp(end, mapped, sizeof(mapped) - 1))
		end += sizeof(mapped) - 1;
	for (; *end; end++)
		if (*end != '[' && *end != ']')
			hash = bytes_sum_add(hash, (uint8_t)*end);
	return bytes_sum_add(hash, 0xff);
}

static uint64_t end_number(const char *local, const char *remote)
{
	return mix_end(mix_end(BYTES_SUM_EMPTY, local), remote);
}

/* A connection has its listener's port, or its name. */
static uint64_t listener_number(const struct descriptor *d)
{
	const char *port = strrchr(d->socket->local, ':');

	if (is_unix(d->socket))
		return d->name ? mix(BYTES_SUM_EMPTY, d->name) : 0;
	return port ? mix(BYTES_SUM_EMPTY, port) : 0;
}

bool socket_listens(const struct descriptor *descriptor)
{
	return descriptor->socket && !strcmp(descriptor->socket->state, "LISTEN");
}

static bool is_connected(const struct descriptor *d)
{
	const char *state = d->socket->state;

	return is_unix(d->socket) ? d->socket->peer_inode != 0 : !strcmp(state, "ESTABLISHED");
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static bool has(const uint64_t *numbers, size_t count, uint64_t number)
{
	return count && bsearch(&number, numbers, count, sizeof(number), compare);
}

static void take(struct held_index *index, const struct descriptor *d)
{
	if (!d->socket)
		return;
	if (socket_listens(d))
		index->listeners[index->listener_count++] = listener_number(d);
	else if (is_unix(d->socket))
		index->ends[index->end_count++] = d->inode;
	else if (is_connected(d))
		index->ends[index->end_count++] = end_number(d->socket->local, d->socket->remote);
}

static size_t count_listening(const struct descriptor_list *list, size_t *others)
{
	size_t listening = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (socket_listens(&list->items[i]))
			listening++;
		else if (list->items[i].socket)
			++*others;
	}
	return listening;
}

struct held_index *held_index_new(const struct descriptor_list *list)
{
	struct held_index *index = NULL;
	size_t others = 0;
	size_t listening = count_listening(list, &others);

	index = calloc(1, sizeof(*index));
	if (!index)
		return NULL;
	index->ends = calloc(others + 1, sizeof(*index->ends));
	index->listeners = calloc(listening + 1, sizeof(*index->listeners));
	if (!index->ends || !index->listeners) {
		held_index_free(index);
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		take(index, &list->items[i]);
	qsort(index->ends, index->end_count, sizeof(*index->ends), compare);
	qsort(index->listeners, index->listener_count, sizeof(*index->listeners), compare);
	return index;
}

void held_index_free(struct held_index *index)
{
	if (!index)
		return;
	free(index->ends);
	free(index->listeners);
	free(index);
}

static bool is_own_end(const struct held_index *index, const struct descriptor *d)
{
	uint64_t other = is_unix(d->socket) ? d->socket->peer_inode
					    : end_number(d->socket->remote, d->socket->local);

	return has(index->ends, index->end_count, other);
}

bool socket_is_held(const struct held_index *index, const struct descriptor *descriptor,
		    bool accepted)
{
	if (!index || !descriptor->socket || socket_listens(descriptor) ||
	    !is_connected(descriptor))
		return false;
	if (!accepted)
		accepted =
			has(index->listeners, index->listener_count, listener_number(descriptor));
	return accepted && !is_own_end(index, descriptor);
}
