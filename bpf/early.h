/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the programs need of the kernel and kernels before 5.17 do not have: the same sources are
 * built a second time for those, with FDWATCH_EARLY. Two objects, since their verifiers refuse the
 * very instructions, whether they are reached or not.
 */
#ifndef FDWATCH_EARLY_H
#define FDWATCH_EARLY_H

#include "kernel.h"

#ifndef FDWATCH_EARLY

static __always_inline struct task_struct *current_task(void)
{
	return bpf_get_current_task_btf();
}

/* Calls function(i, context) for i from 0 to count - 1, until it returns 1. */
#define LOOP(count, function, context) bpf_loop(count, function, context, 0)

/* The next number of a counter, from 1 on. */
#define NEXT(counter) (__sync_fetch_and_add(counter, 1) + 1)

/* Puts `to` where `from` still stands; whether it did. */
#define SWAPPED(address, from, to) (__sync_val_compare_and_swap(address, from, to) == (from))

#else /* FDWATCH_EARLY */

struct rq {
	struct task_struct *curr;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;

/* bpf_get_current_task() gives a number, and every field of it would take a call to read. */
static __always_inline struct task_struct *current_task(void)
{
	struct rq *rq = bpf_this_cpu_ptr(&runqueues);

	return rq->curr;
}

/* An atomic operation has no result there: chance may give two the same, or lose one. */
#define NEXT(counter) ((void)(counter), bpf_get_prandom_u32() | 1)
#define SWAPPED(address, from, to) (*(address) == (from) ? (*(address) = (to), 1) : 0)

#define LOOP(count, function, context) \
	({ \
		for (__u32 i_ = 0; i_ < (count); i_++) \
			if (function(i_, context)) \
				break; \
	})

#endif
#endif
