// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/names.h"

#include <string.h>

#include "check.h"

static const char *demangled(const char *name)
{
	static char plain[64];

	names_demangle(name, plain, sizeof(plain));
	return plain;
}

static void mangled_names(void **state)
{
	(void)state;
	assert_true(names_is_mangled("_ZN4node2fsL4ReadERKi"));
	assert_true(names_is_mangled("_RNvC1a1b"));
	assert_false(names_is_mangled("_start"));
	assert_string_equal(demangled("_Z3fooi"), "_Z3fooi"); /* nothing is loaded yet */
	names_prepare();
	assert_string_equal(demangled("plain"), "plain");
	assert_string_equal(demangled("_Z"), "_Z");
	if (!strcmp(demangled("_Z3fooi"), "_Z3fooi"))
		skip(); /* no C++ runtime on this host */
	assert_string_equal(demangled("_Z3fooi"), "foo(int)");
	assert_string_equal(demangled("_ZN4main4leak17h0123456789abcdefE"), "main::leak");
}

/* Of any length and any nesting. */
static void hostile_names(void **state)
{
	static char name[100000];

	(void)state;
	memset(name, 'P', sizeof(name) - 1);
	memcpy(name, "_Z1f", 4);
	assert_int_equal(strlen(demangled(name)), 63);
	name[1000] = '\0';
	assert_true(strlen(demangled(name)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mangled_names),
		cmocka_unit_test(hostile_names),
	};

	return RUN_TESTS(tests);
}
