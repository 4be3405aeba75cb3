/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fentry backend's hooks: functions of the kernel's own on the way into and out of a table.
 * Their names differ from version to version, so that this kernel's type information tells which
 * there are.
 */
#ifndef FDWATCH_INGEST_FUNCTIONS_H
#define FDWATCH_INGEST_FUNCTIONS_H

#include "ingest/attach.h"

extern const struct hooks function_hooks;

/*
 * Whether this kernel, and this process's rights, let a program be attached to a function: tried
 * with one that does nothing. 0, or -errno with the line.
 */
int functions_probe(struct failure *failure);

/*
 * Gives each program of an object that is not loaded yet the function that it hooks; those without
 * one are not loaded, and their hooks' bits are set in `skipped`. 0, or -errno with the line:
 * -ENOTSUP where nothing that this kernel has can be hooked for a way into or out of a table.
 */
int functions_choose(struct bpf_object *object, uint64_t skipped[2], struct failure *failure);

/* Whether another hook than `i` does the same where that is skipped. */
bool function_is_replaced(const uint64_t skipped[2], size_t i);

#endif
