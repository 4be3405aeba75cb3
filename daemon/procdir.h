/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that procfs has of a process: what is read through it is of this process only. */
#ifndef FDWATCH_PROCDIR_H
#define FDWATCH_PROCDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* `root` is /proc, or a folder that looks like it. A descriptor, -ESRCH or another -errno. */
int procdir_open(const char *root, int32_t pid);

/* Reads what fits of a file, and a NUL behind it. Its length, -ESRCH or another -errno. */
ssize_t procdir_read(int folder, const char *name, char *buffer, size_t size);

/*
 * Reads what fits of the status file but for the line of groups, which may be of any length: the
 * others up to the capabilities are within PROCDIR_STATUS bytes. As procdir_read().
 */
#define PROCDIR_STATUS 4096
ssize_t procdir_status(int folder, char *buffer, size_t size);

/* Microseconds of the clock tick in which procfs tells starts. */
uint64_t procdir_tick(void);

/* Whether both are starts (microseconds since boot) in one tick: procfs knows no better. */
bool procdir_same_start(uint64_t one, uint64_t other);

/* Whether the process is the one that started then. */
bool procdir_started(int folder, uint64_t start_time);

#endif
