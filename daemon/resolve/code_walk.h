/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of code that has neither call frame information nor frame pointers, as musl's: what is
 * left of the function, up to its return, tells where its return address stands. x86-64 only.
 */
#ifndef FDWATCH_RESOLVE_CODE_WALK_H
#define FDWATCH_RESOLVE_CODE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/unwind.h"

#define CODE_BEFORE 1024 /* bytes of code that are looked at: jumps go back, too */
#define CODE_BEHIND 3072

/*
 * The rule for the instruction at `at` of the code, which is the next to be executed. False where
 * no way through the code leads to a return; one that is found may still be wrong, where a call on
 * the way never comes back.
 */
bool code_walk_rule(const uint8_t *code, size_t size, size_t at, struct unwind_rule *rule);

/* Whether the code ends with a call: what follows is then a place that one returns to. */
bool code_walk_is_call(const uint8_t *code, size_t size);

#endif
