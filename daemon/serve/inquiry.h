/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question about incidents: what is kept is on a disk, so a thread finds it and writes the answer
 * while the connection sleeps.
 */
#ifndef FDWATCH_SERVE_INQUIRY_H
#define FDWATCH_SERVE_INQUIRY_H

#include "serve/peer.h"
#include "serve/router.h"
#include "serve/writer.h"

struct inquiry;

/* Asks; `woken` is called on the loop once the answer is there. NULL without memory. */
struct inquiry *inquiry_new(const struct serve_source *source, const struct peer *peer,
			    const struct route *route, size_t most_bytes, void (*woken)(void *data),
			    void *data);

/*
 * The HTTP status, with *body the answer; 0: not yet. Where nobody waits any longer (`late`) it
 * says so.
 */
unsigned inquiry_answer(struct inquiry *inquiry, bool late, struct writer *body);

/* The connection ends, answered or not; NULL is well. */
void inquiry_drop(struct inquiry *inquiry);

#endif
