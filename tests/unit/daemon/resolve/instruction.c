// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/instruction.h"

#include <string.h>

#include "check.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

static void expect(const uint8_t *code, size_t size, enum instruction_effect effect, int64_t value)
{
	uint8_t followed[2 * INSTRUCTION_MAX];
	struct instruction i;

	memset(followed, 0x90, sizeof(followed));
	memcpy(followed, code, size);
	i = instruction_read(followed, sizeof(followed));
	assert_int_equal(i.length, size);
	assert_int_equal(i.effect, effect);
	assert_int_equal(i.value, value);
	for (size_t cut = 0; cut < size; cut++)
		assert_true(instruction_read(code, cut).length <= cut);
}

static void the_stack(void **state)
{
	(void)state;
	expect(BYTES(0x55), EFFECT_SP, -8);
	expect(BYTES(0x41, 0x55), EFFECT_SP, -8);
	expect(BYTES(0x5b), EFFECT_SP, 8);
	expect(BYTES(0x5d), EFFECT_POP_BP, 0);
	expect(BYTES(0x41, 0x5d), EFFECT_SP, 8); /* r13 */
	expect(BYTES(0x5c), EFFECT_END, 8);
	expect(BYTES(0x41, 0x5c), EFFECT_SP, 8);
	expect(BYTES(0x48, 0x83, 0xc4, 0x18), EFFECT_SP, 0x18);
	expect(BYTES(0x48, 0x83, 0xc4, 0x80), EFFECT_SP, -0x80);
	expect(BYTES(0x48, 0x81, 0xec, 0, 0x10, 0, 0), EFFECT_SP, -0x1000);
	expect(BYTES(0x48, 0x83, 0xe4, 0xf0), EFFECT_END, -16);
	expect(BYTES(0x48, 0x83, 0xfc, 0), EFFECT_NONE, 0);
	expect(BYTES(0x49, 0x83, 0xc4, 0x18), EFFECT_NONE, 0); /* r12 */
	expect(BYTES(0x48, 0x8d, 0x64, 0x24, 0x40), EFFECT_SP, 0x40);
	expect(BYTES(0x48, 0x8d, 0x65, 0xd8), EFFECT_SP_OF_BP, -0x28);
	expect(BYTES(0x48, 0x89, 0xec), EFFECT_SP_OF_BP, 0);
	expect(BYTES(0x48, 0x8b, 0xe5), EFFECT_SP_OF_BP, 0);
	expect(BYTES(0x48, 0x89, 0xe5), EFFECT_END, 0);
	expect(BYTES(0x48, 0x89, 0xc4), EFFECT_END, 0);
	expect(BYTES(0x48, 0x29, 0xc4), EFFECT_END, 0);
	expect(BYTES(0x48, 0x39, 0xc4), EFFECT_NONE, 0);
	expect(BYTES(0x48, 0x8b, 0x6c, 0x24, 0x08), EFFECT_LOAD_BP, 8);
	expect(BYTES(0xc9), EFFECT_LEAVE, 0);
	expect(BYTES(0x6a, 0x01), EFFECT_SP, -8);
	expect(BYTES(0x68, 1, 2, 3, 4), EFFECT_SP, -8);
	expect(BYTES(0xff, 0x35, 1, 2, 3, 4), EFFECT_SP, -8);
}

static void where_code_goes(void **state)
{
	(void)state;
	expect(BYTES(0xc3), EFFECT_RETURN, 0);
	expect(BYTES(0xf3, 0xc3), EFFECT_RETURN, 0);
	expect(BYTES(0xc2, 8, 0), EFFECT_END, 0);
	expect(BYTES(0xeb, 0xfe), EFFECT_JUMP, -2);
	expect(BYTES(0xe9, 0, 1, 0, 0), EFFECT_JUMP, 0x100);
	expect(BYTES(0x74, 0x05), EFFECT_BRANCH, 5);
	expect(BYTES(0x0f, 0x85, 0xff, 0xff, 0xff, 0xff), EFFECT_BRANCH, -1);
	expect(BYTES(0xe8, 1, 2, 3, 4), EFFECT_CALL, 0);
	expect(BYTES(0xff, 0xd0), EFFECT_CALL, 0);
	expect(BYTES(0x41, 0xff, 0x54, 0x24, 0x08), EFFECT_CALL, 0);
	expect(BYTES(0xff, 0xe0), EFFECT_END, 0);
	expect(BYTES(0x0f, 0x0b), EFFECT_END, 0);
	expect(BYTES(0xf4), EFFECT_END, 0);
	expect(BYTES(0x0f, 0x05), EFFECT_NONE, 0);
}

/* Of each form one that is easily taken for shorter or longer. */
static void lengths(void **state)
{
	(void)state;
	expect(BYTES(0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8), EFFECT_NONE, 0);
	expect(BYTES(0x66, 0xb8, 1, 2), EFFECT_NONE, 0);
	expect(BYTES(0xb8, 1, 2, 3, 4), EFFECT_NONE, 0);
	expect(BYTES(0xf7, 0x05, 1, 2, 3, 4, 5, 6, 7, 8), EFFECT_NONE, 0);
	expect(BYTES(0xf7, 0xd8), EFFECT_NONE, 0);
	expect(BYTES(0x66, 0xc7, 0x04, 0x25, 1, 2, 3, 4, 5, 6), EFFECT_NONE, 0);
	expect(BYTES(0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0), EFFECT_NONE, 0);
	expect(BYTES(0xf3, 0x0f, 0x1e, 0xfa), EFFECT_NONE, 0); /* endbr64 */
	expect(BYTES(0xc5, 0xf8, 0x77), EFFECT_NONE, 0);       /* vzeroupper */
	expect(BYTES(0xc4, 0xe3, 0x7d, 0x39, 0xc1, 0x01), EFFECT_NONE, 0);
	expect(BYTES(0x62, 0xf1, 0x7f, 0x48, 0x6f, 0x46, 0x01), EFFECT_NONE, 0);
	expect(BYTES(0x66, 0x0f, 0x3a, 0x0f, 0xc1, 0x08), EFFECT_NONE, 0);
	expect(BYTES(0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0), EFFECT_NONE, 0);
}

static void none(void **state)
{
	static const uint8_t prefixes[INSTRUCTION_MAX + 8] = {[0 ... INSTRUCTION_MAX + 7] = 0x66};

	(void)state;
	assert_int_equal(instruction_read((const uint8_t *)"\x06", 1).length, 0);
	assert_int_equal(instruction_read((const uint8_t *)"\x82\xc0\x01", 3).length, 0);
	assert_int_equal(instruction_read(prefixes, sizeof(prefixes)).length, 0);
	assert_int_equal(instruction_read(prefixes, 0).length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stack),
		cmocka_unit_test(where_code_goes),
		cmocka_unit_test(lengths),
		cmocka_unit_test(none),
	};

	return RUN_TESTS(tests);
}
