/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds CPython in a process. */
#ifndef FDWATCH_RESOLVE_PYTHON_FIND_H
#define FDWATCH_RESOLVE_PYTHON_FIND_H

#include "resolve/resolve.h"
#include "resolve/space.h"

/*
 * `memory` is the question's body: nothing, or the struct wire_memory that was needed. Returns 0
 * with the layout; 1 with what is needed, for the file in `*slot`; -ENOENT for no CPython;
 * -ENOTSUP for one that is not known; -EBADMSG.
 */
int python_find(struct holdings *holdings, const struct space *space, const void *memory,
		size_t size, struct python_layout *layout, struct wire_need *need, uint32_t *slot);

#endif
