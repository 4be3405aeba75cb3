/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs: programs that are followed to their end; a while longer their results are kept. */
#ifndef FDWATCH_TRACKING_RUNS_H
#define FDWATCH_TRACKING_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/run.h"

#define RUNS_MAX 256
#define RUNS_USER_MAX 16
#define RUNS_KEPT_USEC 60000000ULL    /* after the end */
#define RUNS_PATIENCE_USEC 2000000ULL /* for frames, after the end */

/* All zero is empty. */
struct runs {
	struct run *all[RUNS_MAX];
	uint64_t last_id;
};

/* NULL: there are too many (of that user, where `bounded`), or there is no memory. */
struct run *runs_add(struct runs *runs, uint32_t uid, bool bounded, uint64_t now);

struct run *runs_find(const struct runs *runs, uint64_t id);

/* Forgets those that ended long ago, or `run` at once. */
void runs_expire(struct runs *runs, uint64_t now);
void runs_remove(struct runs *runs, struct run *run);
void runs_clear(struct runs *runs);

#endif
