// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void holdings_init(struct holdings *h)
{
	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < WIRE_SPACES; i++)
		perf_map_init(&h->spaces[i].perf_map, -1);
	for (size_t i = 0; i < WIRE_FILES; i++)
		elf_file_init(&h->files[i], -1);
}

void holdings_drop(struct holdings *h)
{
	for (size_t i = 0; i < WIRE_SPACES; i++)
		space_drop(&h->spaces[i]);
	for (size_t i = 0; i < WIRE_FILES; i++)
		elf_file_close(&h->files[i]);
}

void space_drop(struct space *space)
{
	free(space->mappings);
	space->mappings = NULL;
	space->count = 0;
	perf_map_drop(&space->perf_map);
}

static bool follows(const struct space *space, const struct wire_mapping *m)
{
	const struct wire_mapping *last = space->count ? &space->mappings[space->count - 1] : NULL;

	return m->start < m->end && (!last || last->end <= m->start);
}

static int append(struct space *space, const struct wire_mapping *more, size_t count)
{
	size_t total = space->count + count;
	struct wire_mapping *larger =
		reallocarray(space->mappings, total ? total : 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	space->mappings = larger;
	for (size_t i = 0; i < count; i++) {
		if (!follows(space, &more[i]))
			return -EBADMSG;
		space->mappings[space->count++] = more[i];
	}
	return 0;
}

int space_take(struct space *space, const void *body, size_t size)
{
	struct wire_mapping mappings[WIRE_MAPPINGS_AT_ONCE];
	struct wire_space head;
	int r = -EBADMSG;

	if (size >= sizeof(head)) {
		memcpy(&head, body, sizeof(head));
		if (!head.first)
			space->count = 0;
		if (head.count <= WIRE_MAPPINGS_AT_ONCE && head.first == space->count &&
		    head.first + head.count <= WIRE_MAPPINGS &&
		    size - sizeof(head) == head.count * sizeof(mappings[0])) {
			memcpy(mappings, (const char *)body + sizeof(head), size - sizeof(head));
			r = append(space, mappings, head.count);
		}
	}
	if (r)
		space->count = 0;
	return r;
}

const struct wire_mapping *space_find(const struct space *space, uint64_t address)
{
	size_t low = 0, high = space->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (space->mappings[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < space->count && space->mappings[low].start <= address ? &space->mappings[low]
									   : NULL;
}

struct elf_file *space_file(struct holdings *h, const struct space *space, uint64_t address,
			    uint64_t *in_file)
{
	const struct wire_mapping *m = space_find(space, address);
	struct elf_file *file = m && m->file < WIRE_FILES ? &h->files[m->file] : NULL;

	if (!file || !elf_file_open(file) ||
	    !elf_file_address(file, address - m->start + m->offset, in_file))
		return NULL;
	return file;
}

size_t space_code(struct holdings *h, const struct space *space, uint64_t address, uint8_t *buffer,
		  size_t size, size_t *before)
{
	const struct wire_mapping *m = space_find(space, address);
	const struct elf_file *file = m && m->file < WIRE_FILES ? &h->files[m->file] : NULL;
	uint64_t at, room;
	ssize_t got;

	if (!file || file->fd < 0)
		return 0;
	at = address - m->start;
	if (*before > at)
		*before = at;
	room = m->end - (address - *before);
	got = pread(file->fd, buffer, room < size ? room : size, (off_t)(at - *before + m->offset));
	return got > (ssize_t)*before ? (size_t)got : 0;
}
