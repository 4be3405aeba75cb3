/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another process's files and memory, by way of /proc. Each of these may be held up by that
 * process, so they are for a thread of its own. Nothing but a regular file is ever opened.
 */
#ifndef FDWATCH_RESOLVE_OTHERS_H
#define FDWATCH_RESOLVE_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "resolve/maps.h"
#include "resolve/resolve.h"
#include "resolve/wire.h"

struct file_identity {
	uint64_t device, inode, size, modified; /* nanoseconds since the epoch */
};

bool others_same_file(const struct file_identity *a, const struct file_identity *b);

/* The process's folder below `proc`; -ESRCH where it is no more the one that started then. */
int others_open(const char *proc, struct resolver_process process);

/* The executable mappings. 0, -ESRCH, -EACCES, -errno. */
int others_maps(int folder, struct maps *maps);

/* The file mapped there, if it is still the one that the line tells of; or -errno. */
int others_mapped_file(int folder, const struct maps *maps, const struct maps_line *line,
		       struct file_identity *identity);

/* The process's perf map, if the process's user or root wrote it; or -errno. */
int others_perf_map(int folder, struct file_identity *identity);

/* A debug file as `need` tells it, for a module of that path; or -ENOENT. */
int others_debug_file(int folder, const char *module, const struct wire_need *need);

/* Reads all of the pieces, one behind the other. The size, or -errno. */
ssize_t others_memory(int folder, const struct wire_piece *pieces, size_t count, void *buffer,
		      size_t size);

#endif
