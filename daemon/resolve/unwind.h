/* SPDX-License-Identifier: BSD-2-Clause */
/* A native stack from a thread's registers and a slice of its stack, with a rule for each pc. */
#ifndef FDWATCH_RESOLVE_UNWIND_H
#define FDWATCH_RESOLVE_UNWIND_H

#include "resolve/resolve.h"
#include "resolve/space.h"

/* The slice is what memory held from registers->sp upwards. 0, or -EOPNOTSUPP on this machine. */
int unwind_stack(struct holdings *holdings, const struct space *space,
		 const struct unwind_registers *registers, const void *slice, size_t size,
		 struct unwound *unwound);

#endif
