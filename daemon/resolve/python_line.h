/* SPDX-License-Identifier: BSD-2-Clause */
/* CPython's three formats of line tables: from an instruction to its line. */
#ifndef FDWATCH_RESOLVE_PYTHON_LINE_H
#define FDWATCH_RESOLVE_PYTHON_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "model/python_layout.h"

/* `offset` in bytes of code. The line, or 0 where the instruction has none or the table is cut. */
uint32_t python_line(enum python_lines kind, int32_t first_line, const void *table, size_t size,
		     uint32_t offset);

#endif
