// SPDX-License-Identifier: BSD-2-Clause
#include "table.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"

static const struct column columns[] = {
	{.heading = "PID", .right = true},
	{.heading = "UNIT", .shrink = 6, .drop = 1},
	{.heading = "PEAK", .right = true, .drop = 2},
	{.heading = "COMMAND", .shrink = 8},
};

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static struct table *sample(void)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));

	table_put(table, TONE_PLAIN, "1");
	table_put(table, TONE_PLAIN, "init.scope");
	table_put(table, TONE_PLAIN, "200");
	table_put(table, TONE_WARNING, "systemd");
	table_put(table, TONE_PLAIN, "4194304");
	table_put(table, TONE_PLAIN, "-");
	table_put(table, TONE_PLAIN, "7");
	table_put(table, TONE_PLAIN, "e\033vil \u65e5\u672c\u8a9e");
	return table;
}

static void check(struct table *table, struct terminal terminal, const char *expected)
{
	struct capture capture;
	char *got;

	assert_non_null(table);
	assert_int_equal(table_print(table, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	table_free(table);
}

static void nothing_is_cut_without_a_terminal(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = TERMINAL_UNBOUNDED},
	      "    PID  UNIT        PEAK  COMMAND\n"
	      "      1  init.scope   200  systemd\n"
	      "4194304  -              7  e\\x1bvil \u65e5\u672c\u8a9e\n");
}

static void a_terminal_of_the_right_width_shows_all(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = 42},
	      "    PID  UNIT        PEAK  COMMAND\n"
	      "      1  init.scope   200  systemd\n"
	      "4194304  -              7  e\\x1bvil \u65e5\u672c\u8a9e\n");
}

static void the_last_column_is_cut_first(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = 37},
	      "    PID  UNIT        PEAK  COMMAND\n"
	      "      1  init.scope   200  systemd\n"
	      "4194304  -              7  e\\x1bvil \u2026\n");
}

/* A rare column is there for those that know something of it. */
static void nothing_known_is_not_shown(void **state)
{
	static const struct column rare[] = {{.heading = "PID"}, {.heading = "MARK", .rare = true}};

	(void)state;
	for (int known = 0; known < 2; known++) {
		struct table *table = table_new(rare, 2);

		table_put(table, TONE_PLAIN, "1");
		table_put(table, TONE_PLAIN, "-");
		table_put(table, TONE_PLAIN, "2");
		table_put(table, TONE_PLAIN, known ? "a" : "-");
		check(table, (struct terminal){.width = 42},
		      known ? "PID  MARK\n1    -\n2    a\n" : "PID\n1\n2\n");
	}
}

static void columns_of_less_worth_are_dropped(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = 30},
	      "    PID  UNIT        COMMAND\n"
	      "      1  init.scope  systemd\n"
	      "4194304  -           e\\x1bvil\u2026\n");
	check(sample(), (struct terminal){.width = 22},
	      "    PID  COMMAND\n"
	      "      1  systemd\n"
	      "4194304  e\\x1bvil \u65e5\u2026\n");
}

static void a_terminal_too_narrow_gets_the_least(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = 1},
	      "    PID  COMMAND\n"
	      "      1  systemd\n"
	      "4194304  e\\x1bvi\u2026\n");
}

static void colour_only_where_wanted(void **state)
{
	(void)state;
	check(sample(), (struct terminal){.width = 16, .colour = true},
	      "    PID  COMMAND\n"
	      "      1  \033[33msystemd\033[0m\n"
	      "4194304  e\\x1bvi\u2026\n");
}

static void json_values(void **state)
{
	static const struct column two[] = {{.least = 3, .right = true}, {.least = 3}};
	struct table *table = table_new(two, 2);
	json_t *number = json_integer(-9);
	json_t *string = json_stringn("a\0b", 3);
	json_t *null = json_null();
	json_t *array = json_array();

	(void)state;
	table_json(table, TONE_PLAIN, number);
	table_json(table, TONE_PLAIN, string);
	table_json(table, TONE_PLAIN, null);
	table_json(table, TONE_PLAIN, NULL);
	table_json(table, TONE_PLAIN, array);
	table_format(table, TONE_PLAIN, "%d%%", 7);
	json_decref(number);
	json_decref(string);
	json_decref(array);
	/* no headings, no blanks at the end */
	check(table, (struct terminal){.width = TERMINAL_UNBOUNDED},
	      " -9  a\\x00b\n"
	      "  -  -\n"
	      "  -  7%\n");
}

static void empty_cells_keep_the_place(void **state)
{
	static const struct column three[] = {{.heading = NULL}, {.heading = NULL}, {0}};
	struct table *table = table_new(three, 3);

	(void)state;
	table_put(table, TONE_PLAIN, "a");
	table_put(table, TONE_PLAIN, "bb");
	table_put(table, TONE_PLAIN, "c");
	table_put(table, TONE_PLAIN, "");
	table_put(table, TONE_PLAIN, "");
	table_put(table, TONE_PLAIN, "d");
	table_put(table, TONE_PLAIN, "");
	table_put(table, TONE_PLAIN, "e");
	table_put(table, TONE_PLAIN, "");
	check(table, (struct terminal){.width = TERMINAL_UNBOUNDED}, "a  bb  c\n       d\n   e\n");
}

static void many_cells_and_long_ones(void **state)
{
	static const struct column one[] = {{.shrink = 1}};
	struct terminal terminal = {.width = TERMINAL_UNBOUNDED};
	struct table *table = table_new(one, 1);
	size_t length = 300000;
	char *text = malloc(length);
	struct capture capture;
	char *got;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', length);
	table_add(table, TONE_PLAIN, text, length);
	for (int i = 0; i < 100000; i++)
		table_put(table, TONE_PLAIN, "row");
	assert_int_equal(table_print(table, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	assert_int_equal(capture.length, length * 2 + 1 + 100000 * 4);
	free(got);
	free(text);
	table_free(table);
}

static void lack_of_memory_is_told(void **state)
{
	struct terminal terminal = {.width = 80};
	struct table *table = sample();

	(void)state;
	table_fail(table);
	table_put(table, TONE_PLAIN, "no harm");
	assert_int_equal(table_print(table, stdout, &terminal), -ENOMEM);
	table_free(table);
	table_put(NULL, TONE_PLAIN, "");
	table_fail(NULL);
	assert_int_equal(table_print(NULL, stdout, &terminal), -ENOMEM);
	table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_cut_without_a_terminal),
		cmocka_unit_test(a_terminal_of_the_right_width_shows_all),
		cmocka_unit_test(the_last_column_is_cut_first),
		cmocka_unit_test(nothing_known_is_not_shown),
		cmocka_unit_test(columns_of_less_worth_are_dropped),
		cmocka_unit_test(a_terminal_too_narrow_gets_the_least),
		cmocka_unit_test(colour_only_where_wanted),
		cmocka_unit_test(json_values),
		cmocka_unit_test(empty_cells_keep_the_place),
		cmocka_unit_test(many_cells_and_long_ones),
		cmocka_unit_test(lack_of_memory_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
