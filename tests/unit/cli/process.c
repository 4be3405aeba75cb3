// SPDX-License-Identifier: BSD-2-Clause
#include "process.h"

#include <stdlib.h>

#include "capture.h"
#include "check.h"

static void check(void (*add)(struct table *table, const json_t *process), const char *json,
		  const char *expected)
{
	static const struct column column = {0};
	struct terminal terminal = {.width = TERMINAL_UNBOUNDED};
	struct table *table = table_new(&column, 1);
	json_t *process = json_loads(json, 0, NULL);
	struct capture capture;
	char *got;

	assert_non_null(process);
	add(table, process);
	assert_int_equal(table_print(table, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	table_free(table);
	json_decref(process);
}

static void users(void **state)
{
	(void)state;
	check(process_add_user, "{\"user\":\"www-data\",\"uid\":33}", "www-data\n");
	check(process_add_user, "{\"user\":null,\"uid\":1234}", "1234\n");
	check(process_add_user, "{}", "-\n");
}

static void places(void **state)
{
	(void)state;
	check(process_add_place, "{\"unit\":\"a.service\",\"container\":null}", "a.service\n");
	check(process_add_place, "{\"unit\":null,\"container\":null}", "-\n");
	check(process_add_place,
	      "{\"unit\":\"docker.scope\",\"container\":"
	      "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
	      "0123456789ab\n");
	check(process_add_place, "{\"container\":\"web-frontend-of-mine\"}",
	      "web-frontend-of-mine\n");
	check(process_add_place,
	      "{\"container\":"
	      "\"x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
	      "x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
}

static void marks(void **state)
{
	(void)state;
	check(process_add_mark, "{\"silenced\":false,\"mark\":null}", "-\n");
	check(process_add_mark, "{\"silenced\":false,\"mark\":\"team=a\"}", "team=a\n");
	check(process_add_mark, "{\"silenced\":true,\"mark\":null}", "silenced\n");
	check(process_add_mark, "{\"silenced\":true,\"mark\":\"team=a\"}", "silenced, team=a\n");
}

static void refusals(void **state)
{
	(void)state;
	check(process_add_refused, "{\"refusals\":{\"RLIMIT_NOFILE\":2,\"fs.file-max\":3}}", "5\n");
	check(process_add_refused, "{\"refusals\":{}}", "0\n");
	check(process_add_refused, "{\"refusals\":null}", "-\n");
	check(process_add_refused, "{}", "-\n");
}

static void usage(void **state)
{
	(void)state;
	check(process_add_usage, "{\"usage\":0.5}", "50%\n");
	check(process_add_usage, "{\"usage\":1}", "100%\n");
	check(process_add_usage, "{\"usage\":null}", "-\n");
	check(process_add_usage, "{}", "-\n");
}

static void tones(void **state)
{
	static const struct {
		const char *json;
		enum tone tone;
	} cases[] = {
		{"{}", TONE_PLAIN},
		{"{\"state\":\"ok\",\"usage\":0.79}", TONE_PLAIN},
		{"{\"state\":\"growing\",\"usage\":0.1}", TONE_PLAIN},
		{"{\"state\":\"warning\",\"usage\":0.1}", TONE_WARNING},
		{"{\"state\":\"ok\",\"usage\":1}", TONE_PLAIN}, /* no ok is red */
		{"{\"state\":\"critical\",\"usage\":null}", TONE_CRITICAL},
		{"{\"state\":\"exhausted\"}", TONE_CRITICAL},
		{"{\"state\":7,\"usage\":\"x\"}", TONE_PLAIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *process = json_loads(cases[i].json, 0, NULL);

		assert_int_equal(process_tone(process), cases[i].tone);
		json_decref(process);
	}
}

static void usage_tones(void **state)
{
	static const struct {
		double usage;
		enum tone tone;
	} cases[] = {{0, TONE_PLAIN},
		     {0.79, TONE_PLAIN},
		     {0.8, TONE_WARNING},
		     {0.95, TONE_CRITICAL},
		     {1.3, TONE_CRITICAL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *process = json_pack("{s:f}", "usage", cases[i].usage);

		assert_int_equal(process_usage_tone(process), cases[i].tone);
		json_decref(process);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users),       cmocka_unit_test(places), cmocka_unit_test(marks),
		cmocka_unit_test(refusals),    cmocka_unit_test(usage),  cmocka_unit_test(tones),
		cmocka_unit_test(usage_tones),
	};

	return RUN_TESTS(tests);
}
