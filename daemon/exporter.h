/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics port: what a Prometheus server scrapes. */
#ifndef FDWATCH_EXPORTER_H
#define FDWATCH_EXPORTER_H

#include <systemd/sd-event.h>

#include "failure.h"
#include "serve/metrics_cache.h"
#include "serve/scrape.h"

/* All zero is one that was not started. */
struct exporter {
	struct metrics_cache metrics;
	struct scrape *scrape; /* NULL: there is no port */
};

/*
 * Begins to answer at `address` (ADDRESS:PORT; "": nowhere, the metrics are on the Unix socket
 * alone). What `source` points to belongs to the caller. 0, or -errno with the line.
 */
int exporter_start(struct exporter *exporter, sd_event *loop, const char *address,
		   const struct metrics_source *source, struct failure *failure);

void exporter_stop(struct exporter *exporter);

#endif
