/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP on the metrics port: metrics, health, and a page for a person with a browser. */
#ifndef FDWATCH_SERVE_SCRAPE_H
#define FDWATCH_SERVE_SCRAPE_H

#include <systemd/sd-event.h>

#include "serve/metrics_cache.h"

struct scrape;

/*
 * Takes over the listening TCP socket `fd` and answers on `loop`. `metrics` stays the caller's.
 * 0 with *scrape set, or -errno (the descriptor is then still the caller's).
 */
int scrape_start(struct scrape **scrape, sd_event *loop, int fd, struct metrics_cache *metrics);

/* Ends every connection and closes the socket; NULL is well. */
void scrape_stop(struct scrape *scrape);

#endif
