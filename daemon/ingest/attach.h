/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program hooks what: of each backend a table. */
#ifndef FDWATCH_INGEST_ATTACH_H
#define FDWATCH_INGEST_ATTACH_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "fdwatch/record.h"

struct hook {
	/* Syscall tracepoint, function of the kernel's, or a program that names its own. */
	const char *event;
	const char *program;
	/* For the program: what EMFILE means from this call, or which it is. Of a function: what
	 * functions.c has to know. */
	uint64_t cookie;
};

#define HOOK_MAX 128 /* bits in struct fdw_meta.skipped */

struct hooks {
	const char *backend; /* as people see it */
	const struct hook *hook;
	size_t count;
};

extern const struct hooks tracepoint_hooks;

/* Those of a backend. */
const struct hooks *hooks_of(enum fdw_backend backend);

/* Whether a hook is one of a system call's exit. */
bool hook_is_call(const struct hook *hook);

/*
 * Attaches every hook of the loaded object but those that are skipped already: links[i] belongs to
 * hook[i]. What the kernel lacks has no link and its bit set in `skipped`. Returns 0 or -errno;
 * links made so far are the caller's.
 */
int attach_all(struct bpf_object *object, const struct hooks *hooks,
	       struct bpf_link *links[HOOK_MAX], uint64_t skipped[2], struct failure *failure);

static inline bool hook_is_skipped(const uint64_t skipped[2], size_t i)
{
	return skipped[i / 64] >> (i % 64) & 1;
}

static inline void hook_skip(uint64_t skipped[2], size_t i)
{
	skipped[i / 64] |= 1ULL << (i % 64);
}

static inline void hook_keep(uint64_t skipped[2], size_t i)
{
	skipped[i / 64] &= ~(1ULL << (i % 64));
}

/* The name of a hook's pin. */
static inline const char *hook_pin(const struct hooks *hooks, size_t i)
{
	return hooks == &tracepoint_hooks ? hooks->hook[i].event : hooks->hook[i].program;
}

/* What a hook follows, as people see it: a system call's name, or a function's. */
const char *hook_name(const struct hook *hook);

#endif
