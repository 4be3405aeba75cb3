/* SPDX-License-Identifier: BSD-2-Clause */
/* What only procfs tells of a process. `root` is PROCFS, or a folder that looks like it. */
#ifndef FDWATCH_INGEST_PROCFS_H
#define FDWATCH_INGEST_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/process.h"

#define PROCFS "/proc"

/* The process's unit and container; emptied where it can't be read. 0, -ESRCH or another -errno. */
int procfs_identity(const char *root, int32_t pid, struct process_identity *identity);

/*
 * The command line of the process with this start time (microseconds since boot), a space between
 * arguments, cut to fit; any bytes but NUL. "" and -ESRCH where it is gone, or another -errno.
 */
int procfs_command_line(const char *root, int32_t pid, uint64_t start_time, char *buffer,
			size_t size);

/*
 * Whether the process with this start time is wholly `uid`'s: its real, effective and saved user,
 * one group in all four places, no capability, and it is dumpable, so that the kernel lets that
 * user look into it. A set-gid program or one with capabilities may make itself dumpable and is
 * still not its user's. False where in doubt. Of root's processes it can't be told whether they are
 * dumpable, but root may look into all.
 */
bool procfs_owned_by(const char *root, int32_t pid, uint64_t start_time, uint32_t uid);

/*
 * What /proc tells of a process's descriptors, its rates marked unknown. 0; -ESRCH where there is
 * no process, or a kernel thread; -ENOTSUP where its count can't be read (before Linux 6.2, without
 * rights); another -errno.
 */
int procfs_sample(const char *root, int32_t pid, struct process_sample *sample);

/*
 * What /proc/PID/fd/FD leads to, `size` bytes at most, not terminated. Returns how many, or -errno:
 * another user's process takes CAP_SYS_PTRACE.
 */
ssize_t procfs_descriptor(const char *root, int32_t pid, int32_t fd, char *buffer, size_t size);

/* fs.nr_open: what no process may go beyond. 0 or -errno, then it is left as it is. */
int procfs_nr_open(const char *root, uint64_t *nr_open);

/* Open files of the host and how many it allows. 0 or -errno, then both are left as they are. */
int procfs_file_nr(const char *root, uint64_t *allocated, uint64_t *maximum);

#endif
