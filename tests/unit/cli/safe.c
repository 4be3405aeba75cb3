// SPDX-License-Identifier: BSD-2-Clause
#include "safe.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"

static int utf8_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static int plain_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C") ? 0 : -1;
}

/* The buffer is as small as promised, so that a byte too many is found. */
static void check_bytes(const char *bytes, size_t length, const char *expected)
{
	char *out = malloc(length * SAFE_EXPANSION + 1);
	size_t used;

	assert_non_null(out);
	used = safe_write(out, bytes, length);
	assert_true(used <= length * SAFE_EXPANSION);
	out[used] = '\0';
	assert_string_equal(out, expected);
	free(out);
}

static void check(const char *text, const char *expected)
{
	check_bytes(text, strlen(text), expected);
}

static void plain_text_stays(void **state)
{
	(void)state;
	check("", "");
	check("nginx: worker process ~!@#$%^&*()\\\"'", "nginx: worker process ~!@#$%^&*()\\\"'");
}

static void control_characters_are_written_out(void **state)
{
	(void)state;
	check("a\nb\rc\td", "a\\nb\\rc\\td");
	check("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
	check("\033]0;title\a", "\\x1b]0;title\\x07");
	check("a\b\b\177", "a\\x08\\x08\\x7f");
	check_bytes("a\0b", 3, "a\\x00b");
	/* 8-bit control characters: a terminal takes U+009B for ESC [ */
	check("\xc2\x9b"
	      "31m\xc2\x85",
	      "\\u009b31m\\u0085");
}

static void text_of_the_locale_stays(void **state)
{
	(void)state;
	check("w\u00f6rker", "w\u00f6rker");
	check("\u65e5\u672c\u8a9e \u03b5\u03bb \u05d0", "\u65e5\u672c\u8a9e \u03b5\u03bb \u05d0");
	check("\U0001f600", "\U0001f600");
}

static void hidden_and_turning_characters_are_written_out(void **state)
{
	(void)state;
	check("a\u202etxt.exe", "a\\u202etxt.exe");
	check("a\u2066b\u2069", "a\\u2066b\\u2069");
	check("a\u200bb\u200d\u2060\ufeff", "a\\u200bb\\u200d\\u2060\\ufeff");
	check("a\u00a0b\u3000c\u2028d", "a\\u00a0b\\u3000c\\u2028d");
	check("a\u00adb\u061c\u180e\ufe0f\u3164", "a\\u00adb\\u061c\\u180e\\ufe0f\\u3164");
	check("a\U000e0041", "a\\U000e0041");
}

static void marks_do_not_pile_up(void **state)
{
	(void)state;
	check("e\u0301x", "e\u0301x");
	check("e\u0301\u0302\u0303\u0304x", "e\u0301\u0302\\u0303\\u0304x");
	check("\u0301x", "\\u0301x");
	check("\n\u0301", "\\n\\u0301");
}

static void what_is_no_utf8_is_written_out(void **state)
{
	(void)state;
	check("a\xff\xfe", "a\\xff\\xfe");
	check("a\xc3", "a\\xc3");
	check("\xe2\x82", "\\xe2\\x82");
	check("\xc0\x80", "\\xc0\\x80");                            /* too long for NUL */
	check("\xe0\x80\xaf", "\\xe0\\x80\\xaf");                   /* too long for / */
	check("\xed\xa0\x80", "\\xed\\xa0\\x80");                   /* half a surrogate pair */
	check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");          /* above U+10FFFF */
	check("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"); /* 5 bytes */
	check("\x9b"
	      "31m",
	      "\\x9b31m");
}

static void other_locales_get_ascii(void **state)
{
	(void)state;
	check("w\u00f6rker", "w\\u00f6rker");
	check("\u65e5\U0001f600", "\\u65e5\\U0001f600");
	check("\xff", "\\xff");
}

static void no_byte_reaches_the_terminal_raw(void **state)
{
	(void)state;
	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			char bytes[] = {(char)first, (char)second};
			char out[sizeof(bytes) * SAFE_EXPANSION];
			size_t used = safe_write(out, bytes, sizeof(bytes));

			assert_true(used <= sizeof(out));
			for (size_t i = 0; i < used; i++)
				assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
		}
	}
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(safe_width("", 0), 0);
	assert_int_equal(safe_width("abc", 3), 3);
	assert_int_equal(safe_width("w\u00f6", 3), 2);
	assert_int_equal(safe_width("\u65e5\u672c", 6), 4);
	assert_int_equal(safe_width("e\u0301", 3), 1);
}

static void check_cut(const char *text, size_t width, const char *expected, size_t columns)
{
	struct capture capture;
	size_t printed = safe_print_cut(capture_open(&capture), text, strlen(text), width);
	char *got = capture_close(&capture);

	assert_string_equal(got, expected);
	assert_int_equal(printed, columns);
	free(got);
}

static void cuts_are_marked(void **state)
{
	(void)state;
	check_cut("abcdef", 4, "abc\u2026", 4);
	check_cut("abcdef", 1, "\u2026", 1);
	check_cut("abcdef", 0, "", 0);
	/* half of a wide character can't be shown */
	check_cut("\u65e5\u672c\u8a9e", 4, "\u65e5\u2026", 3);
}

static void cuts_are_marked_in_ascii(void **state)
{
	(void)state;
	check_cut("abcdefgh", 5, "ab...", 5);
	check_cut("abcdefgh", 2, "ab", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(plain_text_stays, utf8_locale),
		cmocka_unit_test_setup(control_characters_are_written_out, utf8_locale),
		cmocka_unit_test_setup(text_of_the_locale_stays, utf8_locale),
		cmocka_unit_test_setup(hidden_and_turning_characters_are_written_out, utf8_locale),
		cmocka_unit_test_setup(marks_do_not_pile_up, utf8_locale),
		cmocka_unit_test_setup(what_is_no_utf8_is_written_out, utf8_locale),
		cmocka_unit_test_setup(other_locales_get_ascii, plain_locale),
		cmocka_unit_test_setup(no_byte_reaches_the_terminal_raw, utf8_locale),
		cmocka_unit_test_setup(widths, utf8_locale),
		cmocka_unit_test_setup(cuts_are_marked, utf8_locale),
		cmocka_unit_test_setup(cuts_are_marked_in_ascii, plain_locale),
	};

	return RUN_TESTS(tests);
}
