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

/* Follows pointers from the current task on: READ(task, signal, nr_threads). */
#define READ1(from, a) ((from)->a)
#define READ2(from, a, b) ((from)->a->b)
#define READ_AS(from, a, b, name, ...) name
#define READ(...) READ_AS(__VA_ARGS__, READ2, READ1)(__VA_ARGS__)

/* Calls function(i, context) for i from 0 to count - 1, until it returns 1. */
#define LOOP(count, function, context) bpf_loop(count, function, context, 0)

/* The same where a turn is a long one: TURN(function, type, field) stands before it. */
#define TURN(function, type, field)
#define TURNS(count, function, context, field) LOOP(count, function, context)

/* The next number of a counter, from 1 on. */
#define NEXT(counter) (__sync_fetch_and_add(counter, 1) + 1)

/* Puts `to` where `from` still stands; whether it did. */
#define SWAPPED(address, from, to) (__sync_val_compare_and_swap(address, from, to) == (from))

#else /* FDWATCH_EARLY */

/* No pointer that may be followed: each field takes a call to read. */
static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

#define READ(...) BPF_CORE_READ(__VA_ARGS__)

/* An atomic operation has no result there: chance may give two the same, or lose one. */
#define NEXT(counter) ((void)(counter), bpf_get_prandom_u32() | 1)
#define SWAPPED(address, from, to) (*(address) == (from) ? (*(address) = (to), 1) : 0)

#define LOOP(count, function, context) \
	({ \
		for (__u32 i_ = 0; i_ < (count); i_++) \
			if (function(i_, context)) \
				break; \
	})

/*
 * A turn as a function of its own, for the verifier to walk it once and not once a turn: those
 * take numbers only, so the context is left in the capture in between. It has a field c, the
 * capture, and renew() finds its other pointers anew.
 */
#define TURN(function, type, field) \
	__weak __attribute__((noinline)) int function##_turn(__u32 i) \
	{ \
		struct capture *c = capture_get(); \
		struct type context; \
		long end; \
		if (!c) \
			return 1; \
		context = c->field; \
		context.c = c; \
		if (!function##_renew(&context)) \
			return 1; \
		end = function(i, &context); \
		c->field = context; \
		return end; \
	}
#define TURNS(count, function, context, field) \
	({ \
		(context)->c->field = *(context); \
		for (__u32 i_ = 0; i_ < (count); i_++) \
			if (function##_turn(i_)) \
				break; \
		*(context) = (context)->c->field; \
	})

#endif
#endif
