// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/files.h"

#include <errno.h>
#include <string.h>

#include "check.h"

#define SIZE 128
#define END 96 /* where the next function begins */

#define REFUSAL "\x48\xc7\xc3\xe9\xff\xff\xff" /* mov $-23,%rbx */

struct place {
	const char *bytes;
	size_t length;
	size_t at;
};

/* Code of no meaning with `places` in it, and a function behind it unless `endless`. */
static int find(const struct place *places, size_t count, bool endless)
{
	uint8_t code[SIZE];

	memset(code, 0x90, sizeof(code));
	memcpy(code, "\x0f\x1f\x44\x00\x00", 5);
	if (!endless)
		memcpy(code + END, "\x66\x0f\x1f\x00\x0f\x1f\x44\x00\x00", 9);
	for (size_t i = 0; i < count; i++)
		memcpy(code + places[i].at, places[i].bytes, places[i].length);
	return files_find_refusal(code, sizeof(code));
}

static void test_found(void **state)
{
	static const char *const forms[] = {
		REFUSAL, "\x48\xc7\xc0\xe9\xff\xff\xff", /* %rax */
		"\x49\xc7\xc4\xe9\xff\xff\xff",          /* %r12 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct place one = {forms[i], 7, 41};

		assert_int_equal(find(&one, 1, false), 41);
	}
}

static void test_not_found(void **state)
{
	static const struct place others[] = {
		{"\x48\xc7\xc3\xf4\xff\xff\xff", 7, 8}, /* -ENOMEM */
		{"\xb8\xe9\xff\xff\xff", 5, 24},        /* of 32 bits */
		{"\x48\xc7\x03\xe9\xff\xff\xff", 7, 32} /* to memory */,
	};

	(void)state;
	assert_int_equal(find(NULL, 0, false), -ENOENT);
	assert_int_equal(find(others, 3, false), -ENOENT);
}

/* Which of them refuses can't be told. */
static void test_two(void **state)
{
	static const struct place two[] = {{REFUSAL, 7, 20}, {REFUSAL, 7, 60}};

	(void)state;
	assert_int_equal(find(two, 2, false), -ENOENT);
}

static void test_another_function(void **state)
{
	static const struct place beyond = {REFUSAL, 7, END + 16};
	static const struct place within = {REFUSAL, 7, 20};
	static const struct place both[] = {{REFUSAL, 7, 40},
					    {"\xf3\x0f\x1e\xfa\x0f\x1f\x44\x00\x00", 9, 16}};

	(void)state;
	assert_int_equal(find(&beyond, 1, false), -ENOENT);
	assert_int_equal(find(both, 2, false), -ENOENT);
	assert_int_equal(find(&within, 1, true), -ENOENT);
}

static void test_small(void **state)
{
	uint8_t code[16] = REFUSAL;

	(void)state;
	for (size_t size = 0; size <= sizeof(code); size++)
		assert_int_equal(files_find_refusal(code, size), -ENOENT);
}

int main(void)
{
#if defined(__x86_64__)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found), cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_two),   cmocka_unit_test(test_another_function),
		cmocka_unit_test(test_small),
	};
#else
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_small)};
#endif

	return RUN_TESTS(tests);
}
