/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers that are one JSON object. */
#ifndef FDWATCH_SERVE_ANSWER_H
#define FDWATCH_SERVE_ANSWER_H

#include "serve/peer.h"
#include "serve/router.h"
#include "serve/writer.h"

/* Nothing is written: ask again when something has changed, or impatiently. */
#define ANSWER_LATER 0
/* … when a poll may have shown a process that is too new to be known. */
#define ANSWER_SOON 1

/*
 * Writes what `peer` may see of what `route` asks for, or does it. Returns the HTTP status, or
 * one of these.
 */
unsigned answer_route(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body);

#endif
