/* SPDX-License-Identifier: BSD-2-Clause */
/* One message to the resolving process, and what it answers: what is fuzzed. */
#ifndef FDWATCH_RESOLVE_CHILD_H
#define FDWATCH_RESOLVE_CHILD_H

#include "resolve/space.h"

/*
 * Takes a message with a body of `size` bytes and a descriptor or -1, which is the callee's now.
 * True where `answer` is to be sent, with a body of `*answer_size` bytes.
 */
bool child_handle(struct holdings *holdings, const struct wire_message *message, size_t size,
		  int fd, struct wire_message *answer, size_t *answer_size);

#endif
