// SPDX-License-Identifier: BSD-2-Clause
#include "format.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"

static void durations(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{0.00057, "570us"},
		{0.0012, "1.2ms"},
		{0.999, "999.0ms"},
		{1, "1s"},
		{59.9, "59s"},
		{60, "1m"},
		{245, "4m5s"},
		{3600, "1h"},
		{3661, "1h1m"},
		{86400, "1d"},
		{273600.5, "3d4h"},
		{86400.0 * 99999, "99999d"},
		{86400.0 * 100001, ">99999d"},
		{-1, "-"},
		{DBL_MAX, ">99999d"},
	};
	char text[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_duration(cases[i].seconds, text), cases[i].text);
	assert_string_equal(format_duration((double)NAN, text), "-");
}

static void percents_are_rounded_down(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
	assert_string_equal(format_percent(0, text), "0.0%");
	assert_string_equal(format_percent(0.0999, text), "9.9%");
	assert_string_equal(format_percent(0.5, text), "50%");
	assert_string_equal(format_percent(1023.0 / 1024, text), "99%");
	assert_string_equal(format_percent(1, text), "100%");
	assert_string_equal(format_percent(1.5, text), "150%");
	assert_string_equal(format_percent(-1, text), "-");
	assert_string_equal(format_percent((double)NAN, text), "-");
	assert_string_equal(format_percent(DBL_MAX, text), "-");
}

static void times_are_local(void **state)
{
	char text[FORMAT_SIZE];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(format_time("2026-11-21T01:38:58Z", text), "2026-11-21 01:38:58");
	assert_string_equal(format_time("2026-11-21T01:38:58.123456Z", text),
			    "2026-11-21 01:38:58");
	assert_string_equal(format_time("2026-11-21T01:38:58+02:00", text), "2026-11-20 23:38:58");
	assert_string_equal(format_time("2026-11-21T01:38:58.5-05:30", text),
			    "2026-11-21 07:08:58");
	setenv("TZ", "XXX-3", 1);
	tzset();
	assert_string_equal(format_time("2026-11-21T23:00:00Z", text), "2026-11-22 02:00:00");
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"yesterday",
		"2026-11-21",
		"2026-11-21T01:38:58",
		"2026-11-21T01:38:58 ",
		"2026-11-21T01:38:58Zx",
		"2026-11-21T01:38:58+02",
		"2026-11-21T01:38:58+02:00x",
		"2026-13-41T01:38:58Z",
		"2026-11-21T01:38:58.Z\033",
	};
	char text[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(format_time(texts[i], text));
}

static void growths(void **state)
{
	static const struct {
		double per_second;
		const char *text;
	} cases[] = {
		{2.5, "+2.5/s"},         {150, "+150/s"},         {9.96, "+10/s"},
		{0.5, "+30/min"},        {1.0 / 60, "+1.0/min"},  {2.0 / 3600, "+2.0/h"},
		{-3.0 / 3600, "-3.0/h"}, {12.0 / 86400, "+12/d"}, {0, "0"},
		{0.5 / 86400, "0"},
	};
	char text[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_growth(cases[i].per_second, text), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growths),
		cmocka_unit_test(durations),
		cmocka_unit_test(percents_are_rounded_down),
		cmocka_unit_test(times_are_local),
		cmocka_unit_test(what_is_no_time_is_refused),
	};

	return RUN_TESTS(tests);
}
