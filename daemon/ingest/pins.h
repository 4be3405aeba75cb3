/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pin folder: a folder on a bpffs whose entries keep the kernel's state alive without a daemon.
 * Whoever uses it holds a lock on the folder itself.
 */
#ifndef FDWATCH_INGEST_PINS_H
#define FDWATCH_INGEST_PINS_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

struct fdw_meta;

/*
 * Makes the folder on a bpffs, mounting one where there is none: at /sys/fs/bpf if the folder is
 * below it, else at the folder itself. Returns 0 or -errno.
 */
int pins_prepare(const char *folder);

/* Opens and locks the folder. A descriptor, or -errno with the line: -EBUSY where another holds it.
 */
int pins_lock(const char *folder, struct failure *failure);

/* Path of an entry, into `path`. 0 or -ENAMETOOLONG. */
int pins_path(char path[static 256], const char *folder, const char *name);

/* A descriptor for a pinned map or link, or -errno. */
int pins_get(const char *folder, const char *name);

/* Whether the folder holds a complete state; `meta` says whose. */
bool pins_complete(const char *folder, struct fdw_meta *meta);

/* Marks the state complete. 0 or -errno. */
int pins_finish(const char *folder, const struct fdw_meta *meta);

/* Whether the folder has such an entry. */
bool pins_has(const char *folder, const char *name);

/* Removes the marker, then the entries for which `drop` is true. 0 or -errno. */
int pins_clear(int folder_fd, bool (*drop)(const char *name));

/* Gives the folder and all in it to a user. 0 or -errno. */
int pins_give(int folder_fd, uid_t uid, gid_t gid);

/* Unmounts a bpffs that pins_prepare() mounted on the folder and removes an empty one. */
void pins_remove(const char *folder);

#endif
