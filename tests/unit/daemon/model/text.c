// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <string.h>

#include "model/text.h"

static void test_characters(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} cases[] = {
		{"a", 1},
		{"\x7f", 1},
		{"", 0},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4}, /* the last character */
		{"\x80", 0},             /* a continuation alone */
		{"\xc3", 0},             /* cut */
		{"\xe2\x82", 0},
		{"\xf0\x9f\x98", 0},
		{"\xc3(", 0},
		{"\xc0\xaf", 0}, /* overlong */
		{"\xe0\x9f\xbf", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xed\xa0\x80", 0},     /* a surrogate */
		{"\xf4\x90\x80\x80", 0}, /* beyond the last */
		{"\xf5\x80\x80\x80", 0},
		{"\xff", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(text_character(cases[i].text, strlen(cases[i].text)),
				 cases[i].size);
	assert_int_equal(text_character("\xc3\xa9", 1), 0);
}

static void test_shown(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} cases[] = {
		{"~", 1},
		{"\x1b", 1}, /* JSON escapes it */
		{"\x7f", 0},
		{"\xc2\x80", 0},
		{"\xc2\x9b", 0}, /* CSI */
		{"\xc2\x9f", 0},
		{"\xc2\xa0", 2},
		{"\xc3\x80", 2},
		{"\xe2\x80\xa9", 3},
		{"\xe2\x80\xaa", 0},
		{"\xe2\x80\xae", 0}, /* right-to-left override */
		{"\xe2\x80\xaf", 3},
		{"\xe2\x81\xa5", 3},
		{"\xe2\x81\xa6", 0},
		{"\xe2\x81\xa9", 0},
		{"\xe2\x81\xaa", 3},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xff", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(text_shown(cases[i].text, strlen(cases[i].text)), cases[i].size);
}

static void test_time(void **state)
{
	char buffer[TEXT_TIME_SIZE];

	(void)state;
	text_time(buffer, 0);
	assert_string_equal(buffer, "1970-01-01T00:00:00.000000Z");
	text_time(buffer, 1714979289000010);
	assert_string_equal(buffer, "2024-05-06T07:08:09.000010Z");
}

static void test_spell(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"", ""},
		{"nginx: worker", "nginx: worker"},
		{"a\nb\x1b[31m", "a\\x0ab\\x1b[31m"},
		{"\xff\xe2\x82\xac", "\\xff\xe2\x82\xac"},
		{"\xe2\x80\xaegpj", "\\xe2\\x80\\xaegpj"},
	};
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_spell(buffer, sizeof(buffer), cases[i].bytes);
		assert_string_equal(buffer, cases[i].text);
	}
	text_spell(buffer, 4, "ab\xe2\x82\xac"); /* never half a character */
	assert_string_equal(buffer, "ab");
	text_spell(buffer, 6, "ab\xe2\x82\xac");
	assert_string_equal(buffer, "ab\xe2\x82\xac");
	text_spell(buffer, 5, "\n\n");
	assert_string_equal(buffer, "\\x0a");
	text_spell(buffer, 1, "a");
	assert_string_equal(buffer, "");
}

/* What a terminal obeys and a program does not stays; the rest can't be cut to another's bytes. */
static void test_encode(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"", ""},
		{"a\nb\x1b\x7f\xe2\x80\xae", "a\nb\x1b\x7f\xe2\x80\xae"},
		{"\xff\xe2\x82\xac\xe2\x82", "\\xff\xe2\x82\xac\\xe2\\x82"},
		{"dev-disk\\x2d1.swap", "dev-disk\\x2d1.swap"},
	};
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_encode(buffer, sizeof(buffer), cases[i].bytes);
		assert_string_equal(buffer, cases[i].text);
	}
	text_encode(buffer, 5, "\xff\xff");
	assert_string_equal(buffer, "\\xff");
}

static void test_hidden_users(void **state)
{
	static const struct {
		const char *words, *text;
	} cases[] = {
		{"", ""},
		{"http://am:9093 https://am2/a", "http://am:9093 https://am2/a"},
		{"http://me:secret@am:9093", "http://***@am:9093"},
		{"http://me@am", "http://***@am"},
		{"http://a  https://me:s@cr/et@b\thttp://c", "http://a  https://***@b\thttp://c"},
		{"me:secret@am:9093", "***@am:9093"},
		{"me:sec://ret@am", "***@am"},
		{"@", "***@"},
		{" ://@ ", " ://***@ "},
	};
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_hide_users(buffer, sizeof(buffer), cases[i].words);
		assert_string_equal(buffer, cases[i].text);
		for (size_t size = 1; size < 20; size++) {
			text_hide_users(buffer, size, cases[i].words);
			assert_null(strstr(buffer, "sec"));
			assert_in_range(strlen(buffer), 0, size - 1);
		}
	}
}

static void test_duration(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
		{-1, "0 s"},
		{0, "0 s"},
		{45.4, "45 s"},
		{59.7, "1 min"},
		{61, "1 min 1 s"},
		{270, "4 min 30 s"},
		{599.7, "10 min"},
		{3569, "59 min"},
		{3590, "1 h"},
		{7800, "2 h 10 min"},
		{86390, "1 d"},
		{86400 * 3 + 3600 * 4, "3 d 4 h"},
		{86400 * 3 + 3600 * 23.9, "4 d"},
		{1e30, "11574074074 d 2 h"},
	};
	char buffer[TEXT_DURATION_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_duration(buffer, cases[i].seconds);
		assert_string_equal(buffer, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),   cmocka_unit_test(test_shown),
		cmocka_unit_test(test_time),         cmocka_unit_test(test_spell),
		cmocka_unit_test(test_hidden_users), cmocka_unit_test(test_duration),
		cmocka_unit_test(test_encode),
	};

	return RUN_TESTS(tests);
}
