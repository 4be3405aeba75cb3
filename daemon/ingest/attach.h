/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program hooks which call. */
#ifndef FDWATCH_INGEST_ATTACH_H
#define FDWATCH_INGEST_ATTACH_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "failure.h"

/* A pin's name is its hook's name. */
struct hook {
	const char *event; /* syscall tracepoint, or the name of a program that names its own */
	const char *program;
	uint64_t cookie; /* for the program: what EMFILE means from this call, or which it is */
};

#define HOOK_MAX 128 /* bits in struct fdw_meta.skipped */

extern const struct hook hooks[];
extern const size_t hook_count;

/*
 * Attaches every hook of the loaded object: links[i] belongs to hooks[i]. What the kernel lacks has
 * no link and its bit set in `skipped`. Returns 0 or -errno; links made so far are the caller's.
 */
int attach_all(struct bpf_object *object, struct bpf_link *links[HOOK_MAX], uint64_t skipped[2],
	       struct failure *failure);

/* The system call that hook `i` follows: its event less the prefix. */
const char *hook_call(size_t i);

#endif
