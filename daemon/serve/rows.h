/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every process as a row of one table: a fifth of what the full list takes to write, send and read.
 * Who sees all is answered from one text, made once a poll, and anew where tracking was
 * begun or ended meanwhile, however many ask.
 */
#ifndef FDWATCH_SERVE_ROWS_H
#define FDWATCH_SERVE_ROWS_H

#include <microhttpd.h>

#include "serve/peer.h"
#include "serve/serve.h"
#include "serve/writer.h"

/*
 * Writes {"polled_seconds","columns","rows"}, the latter by pid, as they were polled last: for who
 * sees not all. Returns the HTTP status.
 */
unsigned answer_rows(const struct serve_source *source, const struct peer *peer,
		     struct writer *body);

/* All zero is an empty one. */
struct rows_cache {
	struct MHD_Response *response;
	uint64_t polls;  /* as of status.polls */
	uint64_t orders; /* as of status.track_orders */
};

/*
 * The response for who sees all, good until the next call; the poll is made anew where it is older
 * than `max_age` microseconds (0: any will do). NULL without memory.
 */
struct MHD_Response *rows_cached(struct rows_cache *cache, const struct serve_source *source,
				 uint64_t max_age);

void rows_cache_clear(struct rows_cache *cache);

#endif
