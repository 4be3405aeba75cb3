/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP on the metrics port: metrics, health, and a page for a person with a browser. */
#ifndef FDWATCH_SERVE_SCRAPE_H
#define FDWATCH_SERVE_SCRAPE_H

#include <systemd/sd-event.h>

#include "serve/metrics_cache.h"
#include "serve/web_config.h"

struct scrape;

/*
 * Takes over the listening TCP socket `fd` and answers on `loop`. `metrics` and `web` (checked;
 * NULL: neither TLS nor passwords) stay the caller's. 0 with *scrape set, or -errno with the line
 * (the descriptor is then still the caller's).
 */
int scrape_start(struct scrape **scrape, sd_event *loop, int fd, struct metrics_cache *metrics,
		 const struct web_config *web, struct failure *failure);

/* Ends every connection and closes the socket; NULL is well. */
void scrape_stop(struct scrape *scrape);

#endif
