// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/code_walk.h"

#include "resolve/instruction.h"

#define STEPS_MAX 2000 /* of all ways together */
#define WAYS_MAX 32    /* not yet taken */
#define FRAME_MAX (1 << 20)
#define CALL_MAX 8 /* bytes */

enum base { BASE_SP, BASE_BP };

/* How things stand at a place, against sp and bp as they were at the first. */
struct way {
	size_t at;
	int64_t sp; /* sp is the base and this */
	enum base base;
	bool bp_found; /* bp is the word at bp_base and bp_at; else it is as it was */
	enum base bp_base;
	int64_t bp_at;
};

struct walk {
	const uint8_t *code;
	size_t size;
	struct way ways[WAYS_MAX];
	size_t count;
	unsigned int steps;
};

static void find_bp(struct way *way, int64_t at)
{
	way->bp_found = true;
	way->bp_base = way->base;
	way->bp_at = way->sp + at;
}

/* False where bp is not what it was: then it leads nowhere. */
static bool go_to_bp(struct way *way, int64_t offset)
{
	if (way->bp_found)
		return false;
	way->base = BASE_BP;
	way->sp = offset;
	return true;
}

static bool go_to(const struct walk *w, struct way *way, int64_t offset)
{
	int64_t to = (int64_t)way->at + offset;

	way->at = (size_t)to;
	return to >= 0 && to < (int64_t)w->size;
}

static void keep(struct walk *w, struct way way, int64_t offset)
{
	if (go_to(w, &way, offset) && w->count < WAYS_MAX)
		w->ways[w->count++] = way;
}

/* Does what the instruction does; `way` is behind it already. False where the way ends there. */
static bool act(struct walk *w, struct way *way, const struct instruction *i)
{
	switch (i->effect) {
	case EFFECT_NONE:
	case EFFECT_CALL:
		return true;
	case EFFECT_SP:
		way->sp += i->value;
		return way->sp > -FRAME_MAX && way->sp < FRAME_MAX;
	case EFFECT_SP_OF_BP:
		return go_to_bp(way, i->value);
	case EFFECT_POP_BP:
		find_bp(way, 0);
		way->sp += 8;
		return true;
	case EFFECT_LOAD_BP:
		find_bp(way, i->value);
		return true;
	case EFFECT_LEAVE:
		if (!go_to_bp(way, 0))
			return false;
		find_bp(way, 0);
		way->sp = 8;
		return true;
	case EFFECT_JUMP:
		return go_to(w, way, i->value);
	case EFFECT_BRANCH:
		keep(w, *way, i->value);
		return true;
	default:
		return false;
	}
}

/* At the return. */
static bool conclude(const struct way *way, struct unwind_rule *rule)
{
	int64_t cfa = way->sp + 8;

	if (way->bp_found && way->bp_base != way->base)
		return false;
	*rule = (struct unwind_rule){
		.cfa = way->base == BASE_SP ? UNWIND_CFA_SP : UNWIND_CFA_BP,
		.bp = way->bp_found ? UNWIND_BP_CFA : UNWIND_BP_SAME,
		.cfa_offset = (int32_t)cfa,
		.bp_offset = way->bp_found ? (int32_t)(way->bp_at - cfa) : 0,
	};
	return cfa > 0 && way->bp_at > -FRAME_MAX && way->bp_at < FRAME_MAX;
}

static bool take(struct walk *w, struct way way, struct unwind_rule *rule)
{
	while (w->steps++ < STEPS_MAX && way.at < w->size) {
		struct instruction i = instruction_read(w->code + way.at, w->size - way.at);

		if (!i.length)
			return false;
		if (i.effect == EFFECT_RETURN)
			return conclude(&way, rule);
		way.at += i.length;
		if (!act(w, &way, &i))
			return false;
	}
	return false;
}

bool code_walk_rule(const uint8_t *code, size_t size, size_t at, struct unwind_rule *rule)
{
	struct walk w = {.code = code, .size = size, .ways = {{.at = at}}, .count = 1};

	while (w.count)
		if (take(&w, w.ways[--w.count], rule))
			return true;
	return false;
}

bool code_walk_is_call(const uint8_t *code, size_t size)
{
	for (size_t length = 2; length <= CALL_MAX && length <= size; length++) {
		struct instruction i = instruction_read(code + size - length, length);

		if (i.length == length && i.effect == EFFECT_CALL)
			return true;
	}
	return false;
}
