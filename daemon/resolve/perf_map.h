/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's perf map: lines of `start size name`, the numbers hexadecimal, written by runtimes
 * for the code they make. Anyone may have written anything, of any length.
 */
#ifndef FDWATCH_RESOLVE_PERF_MAP_H
#define FDWATCH_RESOLVE_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

#define PERF_MAP_BYTES (64 * 1024 * 1024) /* read at most: the newest, at the end */
#define PERF_MAP_ENTRIES (512 * 1024)

struct perf_entry {
	uint64_t start;
	uint64_t at; /* of the name in the file */
	uint32_t size;
	uint32_t order; /* of two that overlap the later one counts */
};

struct perf_map {
	int fd; /* names are read when asked for */
	struct perf_entry *entries;
	size_t count;
};

/* Takes the descriptor of a regular file, or -1. */
void perf_map_init(struct perf_map *map, int fd);

/* Closes and frees; it is as made with -1 then. */
void perf_map_drop(struct perf_map *map);

/* Reads the lines, as far as the bounds allow. 0 or -errno. */
int perf_map_read(struct perf_map *map);

/* The name at an address, without its newline: its length, cut to size - 1, or 0. */
size_t perf_map_name(const struct perf_map *map, uint64_t address, char *buffer, size_t size);

#endif
