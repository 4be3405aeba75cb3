/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions and lines at an address of an ELF file, from its DWARF data. */
#ifndef FDWATCH_RESOLVE_LINES_H
#define FDWATCH_RESOLVE_LINES_H

#include "resolve/elf_file.h"

/* Strings are NULL where unknown, and good until the file is closed. */
struct line_place {
	const char *function;
	const char *file;
	uint32_t line;
	bool inlined; /* into what is told next, or would be with more room */
};

/*
 * Fills in up to `max` places, functions that were inlined at the address innermost first. Returns
 * how many, 0 where the file tells nothing.
 */
size_t lines_at(struct elf_file *file, uint64_t address, struct line_place *places, size_t max);

#endif
