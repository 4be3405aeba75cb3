/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics port: what a Prometheus server scrapes. */
#ifndef FDWATCH_EXPORTER_H
#define FDWATCH_EXPORTER_H

#include <systemd/sd-event.h>

#include "failure.h"
#include "serve/metrics_cache.h"
#include "serve/scrape.h"

struct exporter_options {
	const char *address;    /* ADDRESS:PORT; "": the metrics are on the Unix socket alone */
	const char *web_config; /* a file (web_config.h); "": neither TLS nor passwords */
	/* Says a line that somebody should read. */
	void (*say)(const char *line);
};

/* To be zero before the start. */
struct exporter {
	struct metrics_cache metrics;
	struct exporter_options options;
	struct scrape *scrape; /* NULL: there is no port */
	struct web_config *web;
	struct failure said; /* last, of the files: it is said once */
	sd_event *loop;
	sd_event_source *timer; /* looks whether the files of `web` were changed */
	int fd;                 /* listens */
};

/*
 * Begins to answer; on a socket that systemd hands over where there is one. What `source` and
 * `options` point to belongs to the caller and stays. 0, or -errno with the line.
 */
int exporter_start(struct exporter *exporter, sd_event *loop,
		   const struct exporter_options *options, const struct metrics_source *source,
		   struct failure *failure);

void exporter_stop(struct exporter *exporter);

#endif
