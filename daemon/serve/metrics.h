/* SPDX-License-Identifier: BSD-2-Clause */
/* What Prometheus is told: the groups, the host, and the daemon itself. */
#ifndef FDWATCH_SERVE_METRICS_H
#define FDWATCH_SERVE_METRICS_H

#include "model/group.h"
#include "model/status.h"
#include "serve/exposition.h"

/* What the customary process_* metrics say of the daemon. */
struct metrics_itself {
	double cpu_seconds;
	uint64_t resident_bytes;
	uint64_t virtual_bytes;
	uint64_t open_fds;
	uint64_t max_fds;
};

struct metrics_source {
	struct table *table;
	struct groups *groups;
	const struct status *status;
	size_t processes; /* how many, of the most endangered, have series of their own; 0: none */
	/* Looks at the daemon. */
	void (*itself)(struct metrics_itself *itself);
};

/*
 * Writes all of it. The text is the caller's to free. 0 or -ENOMEM.
 */
int metrics_write(const struct metrics_source *source, enum exposition_format format, char **text,
		  size_t *length);

#endif
