/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Go's own table of functions and lines, .gopclntab from Go 1.18 on: it is in every Go program,
 * stripped or not, for the runtime takes it to move stacks.
 */
#ifndef FDWATCH_RESOLVE_GO_TABLE_H
#define FDWATCH_RESOLVE_GO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_place {
	const char *function;
	const char *file; /* NULL: not told */
	uint32_t line;    /* 0: not told */
};

/*
 * `text` is the address of .text, for tables that don't tell it. False where the bytes are no such
 * table or know no function there. Strings are the table's own.
 */
bool go_table_find(const void *table, size_t size, uint64_t text, uint64_t address,
		   struct go_place *place);

#endif
