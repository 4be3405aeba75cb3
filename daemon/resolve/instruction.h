/* SPDX-License-Identifier: BSD-2-Clause */
/* One x86-64 instruction: how long it is, and what it does to the stack and to where code goes. */
#ifndef FDWATCH_RESOLVE_INSTRUCTION_H
#define FDWATCH_RESOLVE_INSTRUCTION_H

#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_MAX 15 /* bytes */

enum instruction_effect {
	EFFECT_NONE,     /* none of the below */
	EFFECT_CALL,     /* comes back, with sp and bp as they were */
	EFFECT_SP,       /* sp += value */
	EFFECT_SP_OF_BP, /* sp = bp + value */
	EFFECT_POP_BP,   /* bp = the word at sp, sp += 8 */
	EFFECT_LOAD_BP,  /* bp = the word at sp + value */
	EFFECT_LEAVE,    /* sp = bp + 8, bp = the word at bp */
	EFFECT_RETURN,   /* sp = sp + 8 + value, to the word at sp */
	EFFECT_JUMP,     /* to the next instruction + value */
	EFFECT_BRANCH,   /* … or not */
	EFFECT_END,      /* it leads nowhere that can be told, or sp is unknown from here on */
};

struct instruction {
	size_t length;
	enum instruction_effect effect;
	int64_t value;
};

/* Reads one of at most `size` bytes; its length is 0 where there is none that is known. */
struct instruction instruction_read(const uint8_t *code, size_t size);

#endif
