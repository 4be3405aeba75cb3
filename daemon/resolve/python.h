/* SPDX-License-Identifier: BSD-2-Clause */
/* Where CPython 3.8 to 3.14 keeps what its frames are walked by. */
#ifndef FDWATCH_RESOLVE_PYTHON_H
#define FDWATCH_RESOLVE_PYTHON_H

#include <stddef.h>
#include <stdint.h>

#include "model/python_layout.h"

#define PYTHON_HEAD 4096 /* bytes of _PyRuntime that python_layout_make() looks at */

/* 0x030b for "python3.11", "libpython3.11.so.1.0", "lib/python3.11"; 0 where no version is told. */
uint16_t python_version_of_name(const char *name);

/*
 * The layout for a version, with what `head`, the first PYTHON_HEAD bytes at `runtime`, tells. 0;
 * -ENOTSUP for a version or build that is not known; -EBADMSG where the bytes can't be right.
 */
int python_layout_make(uint16_t version, uint64_t runtime, const void *head, size_t size,
		       struct python_layout *layout);

#endif
