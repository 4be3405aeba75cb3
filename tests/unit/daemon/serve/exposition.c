// SPDX-License-Identifier: BSD-2-Clause
#include "serve/exposition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"

static void accepts(void **state)
{
	static const struct {
		const char *accept;
		enum exposition_format format;
	} cases[] = {
		{NULL, EXPOSITION_CLASSIC},
		{"", EXPOSITION_CLASSIC},
		{"*/*", EXPOSITION_CLASSIC},
		{"text/html", EXPOSITION_CLASSIC},
		{"application/openmetrics-text", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
		 EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.7",
		 EXPOSITION_CLASSIC},
		{"text/plain;q=0.3, application/openmetrics-text; q=0.9", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;q=0", EXPOSITION_CLASSIC},
		{",,;;q=;,", EXPOSITION_CLASSIC},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(exposition_accepted(cases[i].accept), cases[i].format);
}

static char *write_some(enum exposition_format format)
{
	struct exposition e = {.format = format};
	size_t length;
	char *text;

	e.out = open_memstream(&text, &length);
	assert_non_null(e.out);
	exposition_begin(&e, "a_b_seconds_total", EXPOSITION_COUNTER, "seconds", "Help.");
	exposition_open(&e);
	exposition_label(&e, "x",
			 "1\"2\\3\n4\xff"
			 "5\xc3\xa4");
	exposition_label(&e, "y", "");
	exposition_count(&e, 18446744073709551615ULL);
	exposition_begin(&e, "a_info", EXPOSITION_INFO, NULL, "What.");
	exposition_open(&e);
	exposition_count(&e, 1);
	exposition_begin(&e, "a_ratio", EXPOSITION_GAUGE, "ratio", "Part.");
	exposition_open(&e);
	exposition_value(&e, INFINITY);
	exposition_open(&e);
	exposition_value(&e, 0.25);
	exposition_end(&e);
	assert_int_equal(fclose(e.out), 0);
	return text;
}

static void classic(void **state)
{
	_free_ char *text = write_some(EXPOSITION_CLASSIC);

	(void)state;
	assert_string_equal(
		text, "# HELP a_b_seconds_total Help.\n# TYPE a_b_seconds_total counter\n"
		      "a_b_seconds_total{x=\"1\\\"2\\\\3\\n4\\\\xff5\xc3\xa4\",y=\"\"} "
		      "18446744073709551615\n"
		      "# HELP a_info What.\n# TYPE a_info gauge\na_info 1\n"
		      "# HELP a_ratio Part.\n# TYPE a_ratio gauge\na_ratio +Inf\na_ratio 0.25\n");
}

static void openmetrics(void **state)
{
	_free_ char *text = write_some(EXPOSITION_OPENMETRICS);

	(void)state;
	assert_string_equal(
		text,
		"# HELP a_b_seconds Help.\n# TYPE a_b_seconds counter\n# UNIT a_b_seconds seconds\n"
		"a_b_seconds_total{x=\"1\\\"2\\\\3\\n4\\\\xff5\xc3\xa4\",y=\"\"} "
		"18446744073709551615\n"
		"# HELP a What.\n# TYPE a info\na_info 1\n"
		"# HELP a_ratio Part.\n# TYPE a_ratio gauge\n# UNIT a_ratio ratio\n"
		"a_ratio +Inf\na_ratio 0.25\n# EOF\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(classic),
		cmocka_unit_test(openmetrics),
	};

	return RUN_TESTS(tests);
}
