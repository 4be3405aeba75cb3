/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's side of fdwatch: loading it, finding it pinned, reading it.
 * Loading needs rights; opening pins and reading needs none but theirs.
 */
#ifndef FDWATCH_INGEST_KERNEL_H
#define FDWATCH_INGEST_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "model/descriptor.h"
#include "model/event.h"
#include "model/process.h"
#include "model/status.h"

struct kernel;

/*
 * Loads the programs, or takes over what an earlier build has pinned in `folder` with its totals,
 * and gives it to uid and gid (-1: left as it is). What this very build has pinned stays, unless
 * another backend is asked for: BACKEND_AUTO takes either.
 * Returns 0, or -errno with the line.
 */
int kernel_load(const char *folder, enum backend backend, uid_t uid, gid_t gid,
		struct failure *failure);

/* Removes all that is pinned in the folder, and the folder. 0 or -errno with the line. */
int kernel_unload(const char *folder, struct failure *failure);

/*
 * Opens the state pinned in `folder`, loading it first where that is missing. Where the folder
 * can't be had but loading is allowed, the state lives and dies with the process
 * (kernel_persistent() is false). Returns 0 with *kernel set, or -errno with the line.
 */
int kernel_open(struct kernel **kernel, const char *folder, enum backend backend,
		struct failure *failure);

/* Ends the use; `keep` leaves the pins for the next daemon. NULL is well. */
void kernel_close(struct kernel *kernel, bool keep);

bool kernel_persistent(const struct kernel *kernel);

/* Whether the state was there before this process: pinned by --load or by an earlier daemon. */
bool kernel_found(const struct kernel *kernel);

/*
 * Reads every process once. `take` returns 0 or a -errno that ends the reading.
 * Returns 0 or -errno.
 */
int kernel_snapshot(struct kernel *kernel,
		    int (*take)(const struct process_sample *sample, void *data), void *data);

/* Readable when events wait. */
int kernel_events_fd(const struct kernel *kernel);

/* Hands over every event that waits. 0 or -errno. */
int kernel_drain(struct kernel *kernel, void (*take)(const struct event *event, void *data),
		 void *data);

/*
 * Lists the descriptors of a process; the caller frees *list.
 * Returns 0, -ESRCH where it is gone or has none, or another -errno.
 */
int kernel_list(struct kernel *kernel, int32_t pid, uint64_t start_time,
		struct descriptor_list **list);

/*
 * Lists every tracked process in one walk, and hands each list to `take`, which frees it; a process
 * may come twice. 0 or -errno.
 */
int kernel_list_tracked(struct kernel *kernel,
			void (*take)(int32_t pid, uint64_t start_time, struct descriptor_list *list,
				     void *data),
			void *data);

/* Fills in what the kernel has lost and skipped, the drift and the backend. 0 or -errno. */
int kernel_status(const struct kernel *kernel, struct status *status);

#endif
