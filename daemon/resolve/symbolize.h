/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of a process to functions, lines and modules. */
#ifndef FDWATCH_RESOLVE_SYMBOLIZE_H
#define FDWATCH_RESOLVE_SYMBOLIZE_H

#include "resolve/space.h"

/*
 * Writes the answer's body and returns its size; with `*needed` set it is the body of a WIRE_NEED
 * instead, for the file in slot `*slot`. -EBADMSG for a question that is none.
 */
ssize_t symbolize(struct holdings *holdings, struct space *space, const void *question, size_t size,
		  void *body, size_t room, bool *needed, uint32_t *slot);

#endif
