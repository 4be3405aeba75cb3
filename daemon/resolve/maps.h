/* SPDX-License-Identifier: BSD-2-Clause */
/* The executable mappings of a process, from the text of /proc/PID/maps. */
#ifndef FDWATCH_RESOLVE_MAPS_H
#define FDWATCH_RESOLVE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAPS_LINES 4096                /* executable mappings that are kept */
#define MAPS_NAMES (256 * 1024)        /* bytes of their names */
#define MAPS_TEXT (64ul * 1024 * 1024) /* bytes that are read at most */

struct maps_line {
	uint64_t start, end, offset;
	uint64_t inode; /* 0: no file */
	uint32_t major, minor;
	uint32_t name; /* place in names */
};

struct maps {
	struct maps_line *lines; /* by rising address */
	size_t count, room;
	char *names;
	size_t names_size, names_room;
	uint64_t hash; /* of all lines kept; never 0 */
	bool cut;      /* there were more */
};

/* One line without its newline; other than executable ones are passed over. 0 or -ENOMEM. */
int maps_add(struct maps *maps, const char *line);

/* Reads all of a descriptor of /proc/PID/maps. 0, -ENOMEM or -errno. */
int maps_read(struct maps *maps, int fd);

void maps_drop(struct maps *maps);

const char *maps_name(const struct maps *maps, const struct maps_line *line);

/* The line around an address, or NULL. */
const struct maps_line *maps_find(const struct maps *maps, uint64_t address);

#endif
