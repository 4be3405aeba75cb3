// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/unwind.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/frame_rule.h"

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
