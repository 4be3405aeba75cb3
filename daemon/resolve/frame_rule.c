// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/frame_rule.h"

#include <dwarf.h>
#include <string.h>

#define STEPS_MAX 256 /* operations of an expression */
#define STACK_MAX 16

struct evaluation {
	const struct frame_state *state;
	uint64_t cfa;
	bool cfa_known;
	uint64_t stack[STACK_MAX];
	size_t depth;
	bool failed;
};

enum place { PLACE_ADDRESS, PLACE_VALUE };

bool frame_state_init(struct frame_state *state, const struct unwind_registers *r,
		      const void *slice, size_t size)
{
	*state = (struct frame_state){
		.slice = slice,
		.slice_start = r->sp,
		.slice_size = size,
		.registers = {[FRAME_BX] = r->bx,
			      [FRAME_BP] = r->bp,
			      [FRAME_SP] = r->sp,
			      [12] = r->r12,
			      [13] = r->r13,
			      [14] = r->r14,
			      [15] = r->r15,
			      [FRAME_PC] = r->pc},
		.known =
			1u << FRAME_BX | 1u << FRAME_BP | 1u << FRAME_SP | 0xf000u | 1u << FRAME_PC,
	};
#ifdef __x86_64__
	return true;
#else
	return false;
#endif
}

bool frame_read(const struct frame_state *state, uint64_t address, uint64_t *word)
{
	uint64_t at = address - state->slice_start;

	if (state->slice_size < sizeof(*word) || at > state->slice_size - sizeof(*word))
		return false;
	memcpy(word, state->slice + at, sizeof(*word));
	return true;
}

static void push(struct evaluation *e, uint64_t value)
{
	if (e->depth == STACK_MAX)
		e->failed = true;
	else
		e->stack[e->depth++] = value;
}

static uint64_t pop(struct evaluation *e)
{
	if (!e->depth) {
		e->failed = true;
		return 0;
	}
	return e->stack[--e->depth];
}

static void push_register(struct evaluation *e, uint64_t number, uint64_t offset)
{
	if (number >= FRAME_REGISTERS || !(e->state->known & 1u << number))
		e->failed = true;
	else
		push(e, e->state->registers[number] + offset);
}

static void push_read(struct evaluation *e, uint64_t address)
{
	uint64_t word = 0;

	if (!frame_read(e->state, address, &word))
		e->failed = true;
	push(e, word);
}

static uint64_t binary(int operation, uint64_t left, uint64_t right, bool *failed)
{
	switch (operation) {
	case DW_OP_plus:
		return left + right;
	case DW_OP_minus:
		return left - right;
	case DW_OP_and:
		return left & right;
	case DW_OP_or:
		return left | right;
	case DW_OP_mul:
		return left * right;
	case DW_OP_shl:
		return right < 64 ? left << right : 0;
	case DW_OP_shr:
		return right < 64 ? left >> right : 0;
	case DW_OP_eq:
		return left == right;
	case DW_OP_ne:
		return left != right;
	case DW_OP_ge:
		return (int64_t)left >= (int64_t)right;
	case DW_OP_gt:
		return (int64_t)left > (int64_t)right;
	case DW_OP_le:
		return (int64_t)left <= (int64_t)right;
	case DW_OP_lt:
		return (int64_t)left < (int64_t)right;
	default:
		*failed = true;
		return 0;
	}
}

static void operate(struct evaluation *e, const Dwarf_Op *op)
{
	uint64_t right;

	switch (op->atom) {
	case DW_OP_lit0 ... DW_OP_lit31:
		push(e, op->atom - DW_OP_lit0);
		break;
	case DW_OP_const1u ... DW_OP_consts:
	case DW_OP_addr:
		push(e, op->number);
		break;
	case DW_OP_breg0 ... DW_OP_breg31:
		push_register(e, op->atom - DW_OP_breg0, op->number);
		break;
	case DW_OP_bregx:
		push_register(e, op->number, op->number2);
		break;
	case DW_OP_plus_uconst:
		push(e, pop(e) + op->number);
		break;
	case DW_OP_call_frame_cfa:
		e->failed |= !e->cfa_known;
		push(e, e->cfa);
		break;
	case DW_OP_deref:
		push_read(e, pop(e));
		break;
	case DW_OP_dup:
		right = pop(e);
		push(e, right);
		push(e, right);
		break;
	case DW_OP_drop:
		pop(e);
		break;
	case DW_OP_nop:
		break;
	default:
		right = pop(e);
		push(e, binary(op->atom, pop(e), right, &e->failed));
	}
}

/* Without jumps: call frame expressions of compilers have none. */
static bool evaluate(struct evaluation *e, const Dwarf_Op *ops, size_t count, uint64_t *result,
		     enum place *place)
{
	*place = PLACE_ADDRESS;
	if (count > STEPS_MAX)
		return false;
	for (size_t i = 0; i < count && !e->failed; i++) {
		if (ops[i].atom == DW_OP_stack_value && i == count - 1)
			*place = PLACE_VALUE;
		else
			operate(e, &ops[i]);
	}
	*result = pop(e);
	return !e->failed;
}

static bool find_cfa(Dwarf_Frame *frame, const struct frame_state *state, uint64_t *cfa)
{
	struct evaluation e = {.state = state};
	enum place place;
	Dwarf_Op *ops;
	size_t count;

	return !dwarf_frame_cfa(frame, &ops, &count) && count &&
	       evaluate(&e, ops, count, cfa, &place);
}

/* A register of the caller; false where it is not known there. */
static bool find_register(Dwarf_Frame *frame, const struct frame_state *state, uint64_t cfa,
			  int number, uint64_t *value)
{
	struct evaluation e = {.state = state, .cfa = cfa, .cfa_known = true};
	Dwarf_Op memory[3], *ops;
	enum place place;
	size_t count;

	if (dwarf_frame_register(frame, number, memory, &ops, &count))
		return false;
	if (!count) {
		*value = state->registers[number];
		return !ops && state->known & 1u << number; /* the same, or undefined */
	}
	if (count == 1 && (ops[0].atom == DW_OP_regx ||
			   (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31))) {
		uint64_t other =
			ops[0].atom == DW_OP_regx ? ops[0].number : ops[0].atom - 0ull - DW_OP_reg0;

		push_register(&e, other, 0);
		*value = pop(&e);
		return !e.failed;
	}
	return evaluate(&e, ops, count, value, &place) &&
	       (place == PLACE_VALUE || frame_read(state, *value, value));
}

bool frame_step(Dwarf_Frame *frame, struct frame_state *state)
{
	struct frame_state caller = *state;
	uint64_t cfa;

	if (!find_cfa(frame, state, &cfa))
		return false;
	caller.known = 0;
	for (int i = 0; i < FRAME_REGISTERS; i++)
		if (find_register(frame, state, cfa, i, &caller.registers[i]))
			caller.known |= 1u << i;
	if (!(caller.known & 1u << FRAME_PC))
		return false;
	/* By the psABI CFA is the caller's sp; frames of signals say another. */
	if (!(caller.known & 1u << FRAME_SP) || caller.registers[FRAME_SP] == state->registers[7])
		caller.registers[FRAME_SP] = cfa;
	caller.known |= 1u << FRAME_SP;
	*state = caller;
	return true;
}

static bool fits(uint64_t offset)
{
	return (int64_t)offset >= INT32_MIN && (int64_t)offset <= INT32_MAX;
}

/* Register plus offset. */
static bool is_base(const Dwarf_Op *op, int *number, uint64_t *offset)
{
	if (op->atom == DW_OP_bregx) {
		*number = op->number < FRAME_REGISTERS ? (int)op->number : -1;
		*offset = op->number2;
		return true;
	}
	*number = op->atom - DW_OP_breg0;
	*offset = op->number;
	return op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31;
}

static void cfa_rule(Dwarf_Frame *frame, struct unwind_rule *rule)
{
	uint64_t offset;
	Dwarf_Op *ops;
	size_t count;
	int base;

	if (dwarf_frame_cfa(frame, &ops, &count) || !count || !is_base(&ops[0], &base, &offset) ||
	    !fits(offset))
		return;
	rule->cfa_offset = (int32_t)offset;
	if (count == 1 && base == FRAME_SP)
		rule->cfa = UNWIND_CFA_SP;
	else if (count == 1 && base == FRAME_BP)
		rule->cfa = UNWIND_CFA_BP;
	else if (count == 2 && base == FRAME_BP && ops[1].atom == DW_OP_deref)
		rule->cfa = UNWIND_CFA_BP_AT;
}

/* The word at CFA plus an offset. */
static bool is_at_cfa(const Dwarf_Op *ops, size_t count, uint64_t *offset)
{
	*offset = count == 2 ? ops[1].number : 0;
	return (count == 1 || (count == 2 && ops[1].atom == DW_OP_plus_uconst)) &&
	       ops[0].atom == DW_OP_call_frame_cfa;
}

static bool bp_rule(Dwarf_Frame *frame, struct unwind_rule *rule)
{
	Dwarf_Op memory[3], *ops;
	uint64_t offset;
	size_t count;
	int base;

	if (dwarf_frame_register(frame, FRAME_BP, memory, &ops, &count))
		return false;
	rule->bp = UNWIND_BP_SAME;
	if (!count)
		return true;
	if (is_at_cfa(ops, count, &offset) && fits(offset))
		rule->bp = UNWIND_BP_CFA;
	else if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa &&
		 is_base(&ops[1], &base, &offset) && base == FRAME_BP && fits(offset))
		rule->bp = UNWIND_BP_AT;
	else
		return false;
	rule->bp_offset = (int32_t)offset;
	return true;
}

/* The return address has to be at CFA - 8, as on x86-64 but for signals. */
static bool return_is_plain(Dwarf_Frame *frame, bool *end)
{
	Dwarf_Op memory[3], *ops;
	uint64_t offset;
	size_t count;

	*end = false;
	if (dwarf_frame_register(frame, FRAME_PC, memory, &ops, &count))
		return false;
	*end = !count && ops; /* undefined: whoever is here was not called */
	return count && is_at_cfa(ops, count, &offset) && (int64_t)offset == -8;
}

void frame_rule(Dwarf_Frame *frame, struct unwind_rule *rule)
{
	bool end, plain = return_is_plain(frame, &end);

	*rule = (struct unwind_rule){};
	if (plain)
		cfa_rule(frame, rule);
	if (end)
		rule->cfa = UNWIND_CFA_END;
	else if (rule->cfa != UNWIND_CFA_UNKNOWN && !bp_rule(frame, rule))
		*rule = (struct unwind_rule){};
}
