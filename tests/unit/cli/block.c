// SPDX-License-Identifier: BSD-2-Clause
#include "block.h"

#include <stdlib.h>

#include "capture.h"
#include "check.h"

static void check(struct table *block, const char *expected)
{
	struct terminal terminal = {.width = TERMINAL_UNBOUNDED};
	struct capture capture;
	char *got;

	assert_int_equal(table_print(block, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	table_free(block);
}

static void labels_and_values(void **state)
{
	struct table *block = block_new();
	json_t *number = json_integer(7);

	(void)state;
	block_json(block, "Descriptors", number);
	block_json(block, "Peak", NULL);
	block_format(block, "User", TONE_PLAIN, "%s\n", "root");
	json_decref(number);
	check(block, "Descriptors  7\n"
		     "Peak         -\n"
		     "User         root\\n\n");
}

static void words_fill_lines(void **state)
{
	struct table *block = block_new();
	json_t *object = json_pack("{s:i,s:i}", "file", 2, "socket", 3);
	json_t *array = json_array();
	json_t *none = json_array();

	(void)state;
	for (int i = 0; i < 12; i++)
		json_array_append_new(array, json_string("fsopen"));
	block_words(block, "Kinds", object);
	block_words(block, "Skipped", array);
	block_words(block, "None", none);
	json_decref(object);
	json_decref(array);
	json_decref(none);
	check(block, "Kinds    file 2, socket 3\n"
		     "Skipped  fsopen, fsopen, fsopen, fsopen, fsopen, fsopen, fsopen\n"
		     "         fsopen, fsopen, fsopen, fsopen, fsopen\n");
}

/* A word longer than a line is cut, as nothing that fdwatchd names is. */
static void long_words_do_no_harm(void **state)
{
	struct table *block = block_new();
	json_t *array = json_array();

	(void)state;
	json_array_append_new(array, json_sprintf("%0200d", 7));
	json_array_append_new(array, json_string("x"));
	block_words(block, "W", array);
	json_decref(array);
	check(block, "W  0000000000000000000000000000000000000000000000000000000000"
		     "0000000000000000000000000000000000000000000000000000000000000\n"
		     "   x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_and_values),
		cmocka_unit_test(words_fill_lines),
		cmocka_unit_test(long_words_do_no_harm),
	};

	return RUN_TESTS(tests);
}
