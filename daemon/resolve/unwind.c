// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/unwind.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/code_walk.h"
#include "resolve/frame_rule.h"

#define CALL_BYTES 8          /* of the longest call */
#define FRAME_POINTER_PAIR 16 /* bytes: the caller's bp and the return address */

static const struct unwind_rule frame_pointers = {
	.cfa = UNWIND_CFA_BP,
	.bp = UNWIND_BP_CFA,
	.cfa_offset = FRAME_POINTER_PAIR,
	.bp_offset = -FRAME_POINTER_PAIR,
};

struct walk {
	struct holdings *holdings;
	const struct space *space;
	struct frame_state state;
	bool exact; /* pc is where the frame is, not where a call returns to */
};

/* Without call frame information: bp leads on, as long as it points upwards in the slice. */
static bool step_by_bp(struct walk *w)
{
	struct frame_state *s = &w->state;
	uint64_t bp = s->registers[FRAME_BP], caller, next;

	if (bp < s->registers[FRAME_SP] || !frame_read(s, bp, &next) ||
	    !frame_read(s, bp + 8, &caller))
		return false;
	s->registers[FRAME_SP] = bp + FRAME_POINTER_PAIR;
	s->registers[FRAME_BP] = next;
	s->registers[FRAME_PC] = caller;
	w->exact = false;
	return true;
}

/* Whether one returns there: to code of a file, behind a call. */
static bool is_returned_to(const struct walk *w, uint64_t pc)
{
	uint8_t code[CALL_BYTES];
	size_t before = sizeof(code) - 1, size;

	if (!space_find(w->space, pc - 1))
		return false;
	size = space_code(w->holdings, w->space, pc - 1, code, sizeof(code), &before);
	return size > before && code_walk_is_call(code, before + 1);
}

/* Where neither is: by what is left of the function, if that leads to a place behind a call. */
static bool step_by_code(struct walk *w, struct unwind_rule *rule)
{
	struct frame_state *s = &w->state;
	uint8_t code[CODE_BEFORE + CODE_BEHIND];
	size_t before = CODE_BEFORE, size;
	uint64_t cfa, bp = s->registers[FRAME_BP], caller;

	size = space_code(w->holdings, w->space, s->registers[FRAME_PC], code, sizeof(code),
			  &before);
	if (!size || !code_walk_rule(code, size, before, rule))
		return false;
	cfa = s->registers[rule->cfa == UNWIND_CFA_SP ? FRAME_SP : FRAME_BP] +
	      (uint64_t)(int64_t)rule->cfa_offset;
	if (cfa <= s->registers[FRAME_SP] || !frame_read(s, cfa - 8, &caller) ||
	    !is_returned_to(w, caller) ||
	    (rule->bp == UNWIND_BP_CFA &&
	     !frame_read(s, cfa + (uint64_t)(int64_t)rule->bp_offset, &bp)))
		return false;
	s->registers[FRAME_SP] = cfa;
	s->registers[FRAME_BP] = bp;
	s->registers[FRAME_PC] = caller;
	w->exact = false;
	return true;
}

static bool step_by_frame(struct walk *w, Dwarf_Frame *frame, struct unwind_rule *rule)
{
	uint64_t before = w->state.registers[FRAME_SP];
	bool signal = false;

	frame_rule(frame, rule);
	if (rule->cfa == UNWIND_CFA_END || dwarf_frame_info(frame, NULL, NULL, &signal) < 0 ||
	    !frame_step(frame, &w->state))
		return false;
	w->exact = signal;
	/* A stack that does not grow is a circle; only a signal may have changed stacks. */
	return signal || w->state.registers[FRAME_SP] > before;
}

/* To the caller. False where there is none, or it can't be found. */
static bool step(struct walk *w, struct unwind_rule *rule)
{
	uint64_t pc = w->state.registers[FRAME_PC] - (w->exact ? 0 : 1), address;
	struct elf_file *file = space_file(w->holdings, w->space, pc, &address);
	Dwarf_Frame *frame = file ? elf_file_frame(file, address) : NULL;
	bool more;

	if (!frame) {
		if (step_by_code(w, rule))
			return true;
		*rule = frame_pointers;
		if (!w->state.registers[FRAME_BP])
			*rule = (struct unwind_rule){
				.cfa = UNWIND_CFA_END}; /* runtimes' begin so */
		return step_by_bp(w);
	}
	more = step_by_frame(w, frame, rule);
	free(frame);
	return more;
}

int unwind_stack(struct holdings *holdings, const struct space *space,
		 const struct unwind_registers *registers, const void *slice, size_t size,
		 struct unwound *unwound)
{
	struct walk w = {.holdings = holdings, .space = space, .exact = true};

	memset(unwound, 0, sizeof(*unwound));
	if (!frame_state_init(&w.state, registers, slice, size))
		return -EOPNOTSUPP;
	while (unwound->count < UNWIND_FRAMES_MAX) {
		struct unwound_frame *frame = &unwound->frames[unwound->count];
		uint64_t pc = w.state.registers[FRAME_PC];
		bool more;

		if (!pc || (unwound->count && !space_find(space, pc - (w.exact ? 0 : 1)))) {
			unwound->complete = !pc;
			break;
		}
		unwound->count++;
		frame->pc = pc;
		more = step(&w, &frame->rule);
		if (frame->rule.cfa == UNWIND_CFA_END)
			unwound->complete = true;
		if (!more)
			break;
	}
	return 0;
}
