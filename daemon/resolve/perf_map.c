// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/perf_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (64 * 1024)
#define HEAD_MAX 64 /* bytes of the two numbers, with room for zeros before them */

/* Reading in blocks: the numbers of a line are kept until its name begins. */
struct reader {
	struct perf_map *map;
	size_t room;
	char head[HEAD_MAX];
	size_t head_size;
	int spaces; /* seen in this line */
	bool bad;   /* the rest of the line is skipped */
};

void perf_map_init(struct perf_map *map, int fd)
{
	*map = (struct perf_map){.fd = fd};
}

void perf_map_drop(struct perf_map *map)
{
	if (map->fd >= 0)
		close(map->fd);
	free(map->entries);
	perf_map_init(map, -1);
}

/* Digits up to a space, at least one. */
static const char *read_hex(const char *at, uint64_t *value)
{
	int digits = 0;

	*value = 0;
	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	for (; *at && *at != ' '; at++, digits++) {
		int c = *at | 0x20;

		if (*value >> 60 || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return NULL;
		*value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return digits && *at == ' ' ? at + 1 : NULL;
}

static int add(struct reader *r, uint64_t name_at)
{
	struct perf_map *map = r->map;
	uint64_t start, size;
	const char *at;

	r->head[r->head_size] = '\0';
	at = read_hex(r->head, &start);
	if (!at || !read_hex(at, &size) || !size || size > UINT32_MAX || start + size < start)
		return 0;
	if (map->count == PERF_MAP_ENTRIES)
		return -E2BIG;
	if (map->count == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		void *larger = reallocarray(map->entries, room, sizeof(*map->entries));

		if (!larger)
			return -ENOMEM;
		map->entries = larger;
		r->room = room;
	}
	map->entries[map->count] =
		(struct perf_entry){start, name_at, (uint32_t)size, (uint32_t)map->count};
	map->count++;
	return 0;
}

/* One byte; `at` is where it stands in the file. */
static int take(struct reader *r, char c, uint64_t at)
{
	if (c == '\n') {
		r->head_size = 0;
		r->spaces = 0;
		r->bad = false;
		return 0;
	}
	if (r->bad || r->spaces == 2)
		return 0;
	if (r->head_size == HEAD_MAX - 1) {
		r->bad = true;
		return 0;
	}
	r->head[r->head_size++] = c;
	if (c == ' ' && ++r->spaces == 2)
		return add(r, at + 1);
	return 0;
}

static int by_start(const void *left, const void *right)
{
	const struct perf_entry *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int read_lines(struct reader *r, uint64_t from, uint64_t to)
{
	char block[BLOCK];
	int error = 0;

	r->bad = from > 0; /* begins inside a line */
	while (!error && from < to) {
		ssize_t n = pread(r->map->fd, block, sizeof(block), (off_t)from);

		if (n < 0)
			return -errno;
		if (!n)
			break;
		for (ssize_t i = 0; !error && i < n; i++)
			error = take(r, block[i], from + (uint64_t)i);
		from += (uint64_t)n;
	}
	return error == -E2BIG ? 0 : error;
}

int perf_map_read(struct perf_map *map)
{
	struct reader r = {.map = map};
	struct stat file;
	uint64_t size;
	int error;

	free(map->entries);
	map->entries = NULL;
	map->count = 0;
	if (map->fd < 0)
		return -ENOENT;
	if (fstat(map->fd, &file))
		return -errno;
	size = (uint64_t)file.st_size;
	error = read_lines(&r, size > PERF_MAP_BYTES ? size - PERF_MAP_BYTES : 0, size);
	if (map->count)
		qsort(map->entries, map->count, sizeof(*map->entries), by_start);
	return error;
}

/* The latest of the entries that hold the address; code that was moved leaves few behind. */
#define OVERLAPS_MAX 64

static const struct perf_entry *find(const struct perf_map *map, uint64_t address)
{
	const struct perf_entry *best = NULL;
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; low && i < OVERLAPS_MAX; i++) {
		const struct perf_entry *e = &map->entries[--low];

		if (address - e->start < e->size && (!best || e->order > best->order))
			best = e;
	}
	return best;
}

size_t perf_map_name(const struct perf_map *map, uint64_t address, char *buffer, size_t size)
{
	const struct perf_entry *e = find(map, address);
	char *newline;
	ssize_t n;

	buffer[0] = '\0';
	if (!e || size < 2)
		return 0;
	n = pread(map->fd, buffer, size - 1, (off_t)e->at);
	if (n <= 0)
		return 0;
	newline = memchr(buffer, '\n', (size_t)n);
	if (newline)
		n = newline - buffer;
	buffer[n] = '\0';
	return strlen(buffer);
}
