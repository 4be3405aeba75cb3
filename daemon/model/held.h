/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets of one process: which of them listen, and which are held open by other processes. */
#ifndef FDWATCH_MODEL_HELD_H
#define FDWATCH_MODEL_HELD_H

#include <stdbool.h>

#include "model/descriptor.h"

struct held_index;

/* NULL without memory: then nothing is held. */
struct held_index *held_index_new(const struct descriptor_list *list);
void held_index_free(struct held_index *index);

bool socket_listens(const struct descriptor *descriptor);

/*
 * Whether it is a connection that was accepted, and whose other end is open in another process:
 * that one keeps it. `accepted`: that it was is known; else a socket that listens at the same port
 * or name tells.
 */
bool socket_is_held(const struct held_index *index, const struct descriptor *descriptor,
		    bool accepted);

#endif
