// SPDX-License-Identifier: BSD-2-Clause
#include "serve/json_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* What comes of the text within an object that has one member before it. */
static char *copied(const char *text, int expected)
{
	struct writer writer = {};
	char *result;

	write_open(&writer, NULL, '{');
	write_unsigned(&writer, "id", 1);
	assert_int_equal(json_copy_members(&writer, text, strlen(text)), expected);
	write_close(&writer, '}');
	assert_false(writer.failed);
	result = strndup(writer.data, writer.length);
	writer_free(&writer);
	return result;
}

static void check(const char *text, const char *expected)
{
	char *got = copied(text, 0);

	assert_string_equal(got, expected);
	free(got);
}

static void members_come_as_they_are(void **state)
{
	(void)state;
	check("{}", "{\"id\":1}");
	check("{\"a\":null,\"b\":[1,-2.50e3,true,\"x\"],\"c\":{\"d\":{}}}",
	      "{\"id\":1,\"a\":null,\"b\":[1,-2.50e3,true,\"x\"],\"c\":{\"d\":{}}}");
	check(" { \"fs.file-max or fs.pipe-user-pages-hard\" : \"\\\"\\\\\\u00e9\" } ",
	      "{\"id\":1,\"fs.file-max or fs.pipe-user-pages-hard\":\"\\\"\\\\\xc3\xa9\"}");
}

/* What a terminal would obey is spelt out, whoever has put it there. */
static void strings_are_made_safe(void **state)
{
	(void)state;
	check("{\"a\":\"\\u009b31m\\u202e\"}",
	      "{\"id\":1,\"a\":\"\\\\xc2\\\\x9b31m\\\\xe2\\\\x80\\\\xae\"}");
}

static void nothing_of_what_is_wrong_is_written(void **state)
{
	static const char *const wrong[] = {
		"",
		"null",
		"7",
		"\"text\"",
		"[]",
		"{\"a\":1",
		"{\"a\":1}}",
		"{\"a\":1} {\"b\":2}",
		"{\"a\":1,\"b\":\"\xff\"}",
		"{\"a\":{\"b\":[1,2,3,{\"\\u0007\":1}]}}",
		"{\"\":1}",
		"{\"a name that is far longer than any of those that are ours can be at all\":1}",
		"{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}",
		"{\"a\":12345678901234567890123456789012345678901234567890123456789012345}",
		"{\"a\":nan}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *got = copied(wrong[i], -EBADMSG);

		assert_string_equal(got, "{\"id\":1}");
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_as_they_are),
		cmocka_unit_test(strings_are_made_safe),
		cmocka_unit_test(nothing_of_what_is_wrong_is_written),
	};

	return RUN_TESTS(tests);
}
