/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks of calls as people read them, innermost frame first. */
#ifndef FDWATCH_MODEL_STACK_H
#define FDWATCH_MODEL_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_MAX 128     /* frames of one stack */
#define STACK_PLACE_OWN 3 /* frames of the program's own by which a place is told from another */

enum frame_language {
	FRAME_NATIVE,
	FRAME_PYTHON,
	FRAME_JIT,
};

/* Strings are any bytes but NUL, and NULL where unknown. */
struct frame {
	const char *function;
	const char *file;
	const char *module;   /* path of the executable or library */
	const char *build_id; /* of the module, hexadecimal */
	uint64_t offset;      /* in the module, where there is one */
	uint32_t line;        /* 0: unknown */
	enum frame_language language;
};

/* "native", "python" or "jit" */
const char *frame_language_name(enum frame_language language);

/* Whether it is of a system's library or a language's own, and not of the program itself. */
bool frame_is_library(const struct frame *frame);

/*
 * The frame that is shown as the place: the innermost of the program's own; where it has none, of
 * an installed package, of the language's library, or of all. 0 of none.
 */
size_t stack_own(const struct frame *frames, size_t count);

/*
 * Puts native and Python frames together: the interpreter's own give way to the Python frames that
 * it runs, and what native libraries stand around them stays. Frames of the C library at both ends
 * are left out, and *call is the function of it that the program called, or NULL. The strings
 * remain the caller's. Returns the number of frames.
 */
size_t stack_merge(struct frame merged[STACK_MAX], const struct frame *native, size_t native_count,
		   const struct frame *python, size_t python_count, const char **call);

/*
 * The number by which a place is known: of all frames up to the third of the program's own, so that
 * one place is not torn apart by the many ways that lead to it.
 */
uint64_t stack_place(const struct frame *frames, size_t count);

#endif
