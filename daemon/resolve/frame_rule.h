/* SPDX-License-Identifier: BSD-2-Clause */
/* One call frame: the caller's registers, and the rule that says the same in short. */
#ifndef FDWATCH_RESOLVE_FRAME_RULE_H
#define FDWATCH_RESOLVE_FRAME_RULE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/unwind.h"

/* DWARF's numbers of x86-64's registers. */
enum {
	FRAME_BX = 3,
	FRAME_BP = 6,
	FRAME_SP = 7,
	FRAME_PC = 16,
	FRAME_REGISTERS = 17,
};

struct frame_state {
	uint64_t registers[FRAME_REGISTERS];
	uint32_t known; /* a bit a register */
	const uint8_t *slice;
	uint64_t slice_start;
	size_t slice_size;
};

/* False on a machine whose registers aren't known here. */
bool frame_state_init(struct frame_state *state, const struct unwind_registers *registers,
		      const void *slice, size_t size);

/* A word of the stack; false outside the slice. */
bool frame_read(const struct frame_state *state, uint64_t address, uint64_t *word);

/* Makes the state its caller's. False where that can't be told. */
bool frame_step(Dwarf_Frame *frame, struct frame_state *state);

/* What the frame says in the words of a rule; UNWIND_CFA_UNKNOWN where it takes more. */
void frame_rule(Dwarf_Frame *frame, struct unwind_rule *rule);

#endif
