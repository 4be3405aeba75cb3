// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/code_walk.h"

#include "check.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

static void expect(const uint8_t *code, size_t size, size_t at, struct unwind_rule wanted)
{
	struct unwind_rule rule;

	assert_true(code_walk_rule(code, size, at, &rule));
	assert_memory_equal(&rule, &wanted, sizeof(rule));
}

static struct unwind_rule by_sp(int32_t offset)
{
	return (struct unwind_rule){.cfa = UNWIND_CFA_SP, .cfa_offset = offset};
}

static void straight(void **state)
{
	struct unwind_rule saved = {UNWIND_CFA_SP, UNWIND_BP_CFA, 0, 0x30, -0x10};
	struct unwind_rule pointer = {UNWIND_CFA_BP, UNWIND_BP_CFA, 0, 16, -16};

	(void)state;
	expect(BYTES(0xc3), 0, by_sp(8));
	/* add $0x18,%rsp; pop %rbx; pop %rbp; ret */
	expect(BYTES(0x48, 0x83, 0xc4, 0x18, 0x5b, 0x5d, 0xc3), 0, saved);
	expect(BYTES(0xc9, 0xc3), 0, pointer); /* leave; ret */
	/* push $1; call; pop %rcx; pop %rcx; ret */
	expect(BYTES(0x6a, 1, 0xe8, 0, 0, 0, 0, 0x59, 0x59, 0xc3), 0, by_sp(16));
	/* lea -8(%rbp),%rsp; pop %rbx; pop %rbp; ret */
	expect(BYTES(0x48, 0x8d, 0x65, 0xf8, 0x5b, 0x5d, 0xc3), 0, pointer);
}

static void branches(void **state)
{
	(void)state;
	/* je 1f; call abort; ud2; 1: add $8,%rsp; ret */
	expect(BYTES(0x74, 7, 0xe8, 0, 0, 0, 0, 0x0f, 0x0b, 0x48, 0x83, 0xc4, 8, 0xc3), 0,
	       by_sp(16));
	/* 1: pop %rbx; ret; 2: test %eax,%eax; jmp 1b */
	expect(BYTES(0x5b, 0xc3, 0x85, 0xc0, 0xeb, 0xfa), 2, by_sp(16));
	/* 1: dec %eax; jne 1b; ret */
	expect(BYTES(0xff, 0xc8, 0x75, 0xfc, 0xc3), 0, by_sp(8));
}

static void no_way_out(void **state)
{
	struct unwind_rule rule;

	(void)state;
	assert_false(code_walk_rule(BYTES(0xeb, 0xfe), 0, &rule));
	assert_false(code_walk_rule(BYTES(0x75, 0xfe, 0x75, 0xfc, 0xeb, 0xfa), 0, &rule));
	assert_false(code_walk_rule(BYTES(0xff, 0xe0), 0, &rule));
	assert_false(code_walk_rule(BYTES(0xe9, 0, 0, 0, 0x80), 0, &rule));
	assert_false(code_walk_rule(BYTES(0x90, 0x90), 0, &rule));
	assert_false(code_walk_rule(BYTES(0x90, 0x90), 2, &rule));
	/* push %rax; ret: it returns to what it says itself */
	assert_false(code_walk_rule(BYTES(0x50, 0xc3), 0, &rule));
	/* pop %rbp; leave; ret: bp is not this frame's any more */
	assert_false(code_walk_rule(BYTES(0x5d, 0xc9, 0xc3), 0, &rule));
}

static void calls(void **state)
{
	(void)state;
	assert_true(code_walk_is_call(BYTES(0x90, 0x90, 0x90, 0xe8, 1, 2, 3, 4)));
	assert_true(code_walk_is_call(BYTES(0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0)));
	assert_true(code_walk_is_call(BYTES(0x41, 0xff, 0x94, 0x24, 1, 2, 3, 4)));
	assert_false(code_walk_is_call(BYTES(0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90)));
	assert_false(code_walk_is_call(BYTES(0x90, 0x90, 0x90, 0xe9, 1, 2, 3, 4)));
	assert_false(code_walk_is_call(BYTES(0xff)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(straight),
		cmocka_unit_test(branches),
		cmocka_unit_test(no_way_out),
		cmocka_unit_test(calls),
	};

	return RUN_TESTS(tests);
}
