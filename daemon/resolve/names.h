/* SPDX-License-Identifier: BSD-2-Clause */
/* Names as people write them, from names as compilers and runtimes do. */
#ifndef FDWATCH_RESOLVE_NAMES_H
#define FDWATCH_RESOLVE_NAMES_H

#include <stddef.h>

/* Loads the C++ runtime's demangler if the host has one: before rights are given up. */
void names_prepare(void);

/* Whether a name is a mangled one. */
int names_is_mangled(const char *name);

/* A C++ or Rust name, demangled as far as there is a demangler, else as it is. */
void names_demangle(const char *name, char *buffer, size_t size);

#endif
