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

struct btf;

/*
 * Sets the bits of `skipped` for the hooks that a kernel with these types does not need or have. 0,
 * or -ENOTSUP with the line where nothing in them can be hooked for a way into or out of a table.
 */
int functions_match(const struct btf *btf, uint64_t skipped[2], struct failure *failure);

/*
 * The same for this kernel, where it lets programs be attached to functions (tried with one that
 * does nothing): gives each program of an object that is not loaded yet the function that it hooks.
 * Those without one are not loaded. 0, or -errno with the line.
 */
int functions_choose(struct bpf_object *object, uint64_t skipped[2], struct failure *failure);

/*
 * To be called when all are attached and none counts yet: of two hooks that do the same, keeps the
 * one that costs nothing where it can be had.
 */
void functions_settle(struct bpf_object *object, struct bpf_link *links[HOOK_MAX],
		      uint64_t skipped[2]);

/* Whether another hook than `i` does the same where that is skipped. */
bool function_is_replaced(const uint64_t skipped[2], size_t i);

#endif
