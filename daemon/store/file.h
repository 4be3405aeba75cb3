/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the state folder that somebody else wrote, or took away. */
#ifndef FDWATCH_STORE_FILE_H
#define FDWATCH_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens a file, making it where there is none: for nobody else to read, and no link. -errno. */
int file_open(const char *path, int more_flags);

/* Whether the path leads no more to the open file: what is written is nobody's. */
bool file_is_lost(int fd, const char *path);

/*
 * Renames the file at `path` and `ending` to PATH.damaged-SECONDS and the ending, and writes the
 * new name to `aside`. 0 or -errno.
 */
int file_put_aside(const char *path, const char *ending, uint64_t seconds, char *aside,
		   size_t size);

#endif
