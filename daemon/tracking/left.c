// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/left.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD 2    /* the last of the three */
#define SHELLS_OWN 10 /* numbers below are the script's to use */

static bool is_foreign(const struct descriptor *d, bool child)
{
	if (d->fd <= STANDARD && !d->site)
		return true;
	return child && (!d->opened || (d->inherited && !d->executed));
}

bool left_is_script(const struct descriptor *d, const char *comm)
{
	static const char *const shells[] = {"sh",  "bash", "dash",    "ash",
					     "ksh", "zsh",  "busybox", "mksh"};
	const char *slash = d->name ? strrchr(d->name, '/') : NULL;
	const char *name = slash ? slash + 1 : d->name;

	if (d->fd < SHELLS_OWN || !d->cloexec || d->kind != FDW_KIND_FILE || !name ||
	    (d->flags & O_ACCMODE) != O_RDONLY)
		return false;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(comm, shells[i]))
			return true;
	return *comm && !strncmp(name, comm, strlen(comm)); /* which is cut to 15 bytes */
}

/* Where it belongs in the list, which rises; most come by rising numbers, so that this is short. */
static size_t place_of(const struct left *left, int32_t fd)
{
	size_t i = left->list ? left->list->count : 0;

	while (i && left->list->items[i - 1].fd > fd)
		i--;
	return i;
}

static bool make_room(struct left *left)
{
	size_t room = left->room ? left->room * 2 : 16;
	struct descriptor *items;

	if (!left->list)
		left->list = calloc(1, sizeof(*left->list));
	if (!left->list || left->list->count >= LEFT_MAX)
		return false;
	if (left->list->count < left->room)
		return true;
	items = reallocarray(left->list->items, room, sizeof(*items));
	if (!items)
		return false;
	left->list->items = items;
	left->room = room;
	return true;
}

void left_add(struct left *left, const struct descriptor *descriptor, bool child)
{
	size_t place = place_of(left, descriptor->fd);
	struct descriptor *copy;

	if (is_foreign(descriptor, child) ||
	    (place && left->list->items[place - 1].fd == descriptor->fd))
		return;
	if (!make_room(left)) {
		left->lost++;
		return;
	}
	copy = &left->list->items[place];
	memmove(copy + 1, copy, (left->list->count++ - place) * sizeof(*copy));
	*copy = *descriptor;
	copy->executed |= !descriptor->opened; /* it was there before the first exec */
	copy->name = descriptor->name ? strdup(descriptor->name) : NULL;
	copy->socket = NULL;
	if (descriptor->socket)
		copy->socket = malloc(sizeof(*copy->socket));
	if (copy->socket)
		*copy->socket = *descriptor->socket;
}

struct descriptor_list *left_take(struct left *left)
{
	struct descriptor_list *list = left->list;

	*left = (struct left){};
	return list;
}

void left_clear(struct left *left)
{
	descriptor_list_free(left->list);
	*left = (struct left){};
}
