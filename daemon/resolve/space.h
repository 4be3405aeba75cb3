/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resolving process holds: files by slot, and processes with where files are mapped. */
#ifndef FDWATCH_RESOLVE_SPACE_H
#define FDWATCH_RESOLVE_SPACE_H

#include "resolve/elf_file.h"
#include "resolve/perf_map.h"
#include "resolve/wire.h"

struct space {
	struct wire_mapping *mappings; /* by rising address, none overlapping */
	size_t count;
	struct perf_map perf_map;
};

struct holdings {
	struct space spaces[WIRE_SPACES];
	struct elf_file files[WIRE_FILES];
};

void holdings_init(struct holdings *holdings);
void holdings_drop(struct holdings *holdings);

/* The body of a WIRE_SPACE. 0, -EBADMSG (nothing is kept then) or -ENOMEM. */
int space_take(struct space *space, const void *body, size_t size);

void space_drop(struct space *space);

/* The mapping around an address, or NULL. */
const struct wire_mapping *space_find(const struct space *space, uint64_t address);

/* The file mapped at an address, opened, and the address as it numbers it; NULL where none is. */
struct elf_file *space_file(struct holdings *holdings, const struct space *space, uint64_t address,
			    uint64_t *in_file);

/*
 * Bytes of code at an address of the process, as its file has them, with at most `before` of those
 * before it, whose count is left in `before`. Returns the count of all; 0 where there are none.
 */
size_t space_code(struct holdings *h, const struct space *space, uint64_t address, uint8_t *buffer,
		  size_t size, size_t *before);

#endif
