/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of an ELF file by address, from its symbol tables. */
#ifndef FDWATCH_RESOLVE_SYMBOLS_H
#define FDWATCH_RESOLVE_SYMBOLS_H

#include "resolve/elf_file.h"

/* The name of the function at an address, good until the file is closed; NULL where none is. */
const char *symbols_function(struct elf_file *file, uint64_t address);

#endif
