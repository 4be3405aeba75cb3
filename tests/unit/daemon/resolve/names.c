// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/names.h"

#include <stdio.h>
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

static void expect(const char *text, const char *function, const char *file, uint32_t line)
{
	char name[128];
	struct jit_name parts;

	snprintf(name, sizeof(name), "%s", text);
	names_take_apart(name, &parts);
	assert_string_equal(parts.function, function);
	assert_int_equal(!parts.file, !file);
	if (file)
		assert_string_equal(parts.file, file);
	assert_int_equal(parts.line, line);
}

static void names_of_runtimes(void **state)
{
	(void)state;
	expect("JS:~leaf /x y/z.js:2:16", "leaf", "/x y/z.js", 2);
	expect("JS:*leaf node:fs:708:18", "leaf", "node:fs", 708);
	expect("JS:^ /x.js:1:1", "(anonymous)", "/x.js", 1);
	expect("JS:leaf", "leaf", NULL, 0);
	expect("JS: :99999999999:1", "(anonymous)", ":99999999999", 0);
	expect("JS:", "(anonymous)", NULL, 0);
	expect("py::Class.f:/x/y.py", "Class.f", "/x/y.py", 0);
	expect("py::f", "f", NULL, 0);
	expect("LazyCompile:x", "LazyCompile:x", NULL, 0);
	expect("", "", NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mangled_names),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(names_of_runtimes),
	};

	return RUN_TESTS(tests);
}
