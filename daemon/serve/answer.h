/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers that are one JSON object. */
#ifndef FDWATCH_SERVE_ANSWER_H
#define FDWATCH_SERVE_ANSWER_H

#include "serve/peer.h"
#include "serve/router.h"
#include "serve/writer.h"

/* Writes what `peer` may see of what `route` asks for. Returns the HTTP status. */
unsigned answer_route(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body);

#endif
