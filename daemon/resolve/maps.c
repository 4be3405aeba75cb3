// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/bytes.h"

#define LINE_MAX_BYTES (4096 + 128) /* a path and the numbers before it */

static void *make_room(void *array, size_t *room, size_t wanted, size_t element)
{
	size_t more = *room ? *room : 64;
	void *larger;

	if (wanted <= *room)
		return array;
	while (more < wanted)
		more *= 2;
	larger = reallocarray(array, more, element);
	if (larger)
		*room = more;
	return larger;
}

static void add_to_hash(struct maps *maps, const char *text)
{
	uint64_t hash = bytes_sum_more(maps->hash ?: BYTES_SUM_EMPTY, text, strlen(text));

	maps->hash = hash ? hash : 1;
}

static int keep(struct maps *maps, struct maps_line *line, const char *name)
{
	size_t length = strlen(name) + 1;
	void *larger;

	if (maps->count == MAPS_LINES ||
	    (maps->count && line->start < maps->lines[maps->count - 1].end)) {
		maps->cut = true;
		return 0;
	}
	if (maps->names_size + length > MAPS_NAMES) { /* nameless, but not unknown */
		maps->cut = true;
		name = "";
		length = 1;
	}
	larger = make_room(maps->lines, &maps->room, maps->count + 1, sizeof(*maps->lines));
	if (!larger)
		return -ENOMEM;
	maps->lines = larger;
	larger = make_room(maps->names, &maps->names_room, maps->names_size + length, 1);
	if (!larger)
		return -ENOMEM;
	maps->names = larger;
	line->name = (uint32_t)maps->names_size;
	memcpy(maps->names + maps->names_size, name, length);
	maps->names_size += length;
	maps->lines[maps->count++] = *line;
	return 0;
}

int maps_add(struct maps *maps, const char *text)
{
	struct maps_line line = {};
	char flags[5] = "";
	int name = 0;

	if (sscanf(text,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64 "%n",
		   &line.start, &line.end, flags, &line.offset, &line.major, &line.minor,
		   &line.inode, &name) != 7 ||
	    !strchr(flags, 'x') || line.start >= line.end)
		return 0;
	add_to_hash(maps, text);
	text += name;
	return keep(maps, &line, text + strspn(text, " "));
}

/* Adds the whole lines of a buffer and moves what is left to its head: that one's length. */
static ssize_t add_lines(struct maps *maps, char *buffer, size_t length)
{
	char *line = buffer, *end = buffer + length, *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		int r;

		*newline = '\0';
		r = maps_add(maps, line);
		if (r)
			return r;
		line = newline + 1;
	}
	memmove(buffer, line, (size_t)(end - line));
	return end - line;
}

int maps_read(struct maps *maps, int fd)
{
	char buffer[16 * 1024];
	size_t left = 0, total = 0;

	while (total < MAPS_TEXT) {
		ssize_t n = read(fd, buffer + left, sizeof(buffer) - left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		total += (size_t)n;
		n = add_lines(maps, buffer, left + (size_t)n);
		if (n < 0)
			return (int)n;
		left = n > LINE_MAX_BYTES ? 0 : (size_t)n; /* longer than the kernel writes them */
	}
	maps->cut = true;
	return 0;
}

void maps_drop(struct maps *maps)
{
	free(maps->lines);
	free(maps->names);
	*maps = (struct maps){};
}

const char *maps_name(const struct maps *maps, const struct maps_line *line)
{
	return maps->names + line->name;
}

const struct maps_line *maps_find(const struct maps *maps, uint64_t address)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->lines[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < maps->count && maps->lines[low].start <= address ? &maps->lines[low] : NULL;
}
