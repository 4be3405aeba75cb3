/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics of one poll, written once however many ask, in each format and encoding asked for. */
#ifndef FDWATCH_SERVE_METRICS_CACHE_H
#define FDWATCH_SERVE_METRICS_CACHE_H

#include <microhttpd.h>

#include "serve/metrics.h"

/* All zero but for `source` is an empty one. */
struct metrics_cache {
	struct metrics_source source;
	uint64_t polls;                                        /* the poll they are of */
	struct MHD_Response *responses[EXPOSITION_FORMATS][2]; /* plain, gzip */
};

/*
 * What this request accepts, or NULL without memory. The cache keeps it; a response that is queued
 * lives until it is sent.
 */
struct MHD_Response *metrics_cache_get(struct metrics_cache *cache, struct MHD_Connection *request);

void metrics_cache_clear(struct metrics_cache *cache);

#endif
