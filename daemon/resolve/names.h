/* SPDX-License-Identifier: BSD-2-Clause */
/* Names as people write them, from names as compilers and runtimes do. */
#ifndef FDWATCH_RESOLVE_NAMES_H
#define FDWATCH_RESOLVE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Loads the C++ runtime's demangler if the host has one: before rights are given up. */
void names_prepare(void);

/* Whether a name is a mangled one. */
int names_is_mangled(const char *name);

/* A C++ or Rust name, demangled as far as there is a demangler, else as it is. */
void names_demangle(const char *name, char *buffer, size_t size);

struct jit_name {
	const char *function; /* in the name that was taken apart */
	const char *file;     /* NULL: not told */
	uint32_t line;        /* where the function begins, 0: not told */
};

/* Takes apart, in place, what V8 and CPython write in perf maps; other names are functions. */
void names_take_apart(char *name, struct jit_name *parts);

#endif
