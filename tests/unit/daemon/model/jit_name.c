// SPDX-License-Identifier: BSD-2-Clause
#include "model/jit_name.h"

#include <stdio.h>

#include "check.h"

static void check(const char *name, const char *function, const char *file, uint32_t line)
{
	struct frame frame = {};
	char text[256];

	snprintf(text, sizeof(text), "%s", name);
	jit_name_parse(text, &frame);
	assert_string_equal(frame.function, function);
	if (file)
		assert_string_equal(frame.file, file);
	else
		assert_null(frame.file);
	assert_int_equal(frame.line, line);
}

static void v8(void **state)
{
	(void)state;
	check("JS:*load file:///srv/app.js:12:5", "load", "/srv/app.js", 12);
	check("JS:~load /srv/app.js:12:5", "load", "/srv/app.js", 12);
	check("LazyCompile:^open node:fs:555:18", "open", "node:fs", 555);
	check("JS:* /srv/app.js:7:1", "(anonymous)", "/srv/app.js", 7);
	check("JS:load /srv/a b.js:7:1", "load", "/srv/a b.js", 7);
	check("JS:load", "load", NULL, 0);
	check("JS:", "(anonymous)", NULL, 0);
	check("JS:^ file:///srv/app.mjs:1:1", "(anonymous)", "/srv/app.mjs", 1);
	check("JS:~leaf /x y/z.js:2:16", "leaf", "/x y/z.js", 2);
	check("", "", NULL, 0);
	check("JS:f x:99999999999:1", "f", "x:99999999999", 1);
}

static void cpython(void **state)
{
	(void)state;
	check("py::load:/srv/app.py", "load", "/srv/app.py", 0);
	check("py::load", "load", NULL, 0);
}

static void hotspot(void **state)
{
	(void)state;
	check("java.io.FileInputStream a.Leaky.load(java.lang.String, int)",
	      "a.Leaky.load(java.lang.String, int)", NULL, 0);
	check("void java.lang.Thread.run()", "java.lang.Thread.run()", NULL, 0);
	check("Leaky.load()", "Leaky.load()", NULL, 0);
	check("(", "(", NULL, 0);
	check(" ()", " ()", NULL, 0);
	check("StubRoutines (1)", "StubRoutines (1)", NULL, 0);
}

static void others(void **state)
{
	(void)state;
	check("Interpreter", "Interpreter", NULL, 0);
	check("Lcom/x/Y;::load", "Lcom/x/Y;::load", NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v8),
		cmocka_unit_test(cpython),
		cmocka_unit_test(hotspot),
		cmocka_unit_test(others),
	};

	return RUN_TESTS(tests);
}
