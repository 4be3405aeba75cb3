/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that a hardened kernel keeps from BPF's iterators (seen on hosts that hide their init).
 * /proc still tells how many descriptors they have; their rates are unknown.
 */
#ifndef FDWATCH_INGEST_UNSEEN_H
#define FDWATCH_INGEST_UNSEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/process.h"

#define UNSEEN_MAX \
	64 /* the hidden are few; a host that hides more is not watched by BPF at all \
	    */

struct unseen {
	struct {
		int32_t pid;
		uint32_t peak;
	} process[UNSEEN_MAX];
	size_t count;
	uint64_t looked; /* microseconds since boot; 0: never */
};

/*
 * Looks through /proc, once a minute, for processes with descriptors that `seen` does not know.
 * Call it when a poll is done: they count from the next one on. `now` is microseconds since boot.
 */
void unseen_look(struct unseen *unseen, const char *root, uint64_t now,
		 bool (*seen)(int32_t pid, void *data), void *data);

/* A snapshot has shown this process after all. */
void unseen_forget(struct unseen *unseen, int32_t pid);

/* Reads those found; one that has ended is forgotten. `take` as kernel_snapshot()'s. 0 or -errno.
 */
int unseen_read(struct unseen *unseen, const char *root,
		int (*take)(const struct process_sample *sample, void *data), void *data);

#endif
