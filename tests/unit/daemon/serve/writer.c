// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "serve/writer.h"

static void expect(const struct writer *writer, const char *text)
{
	assert_false(writer->failed);
	assert_int_equal(writer->length, strlen(text));
	assert_memory_equal(writer->data, text, writer->length);
}

static void test_structure(void **state)
{
	_cleanup_(writer_free) struct writer writer = {};

	(void)state;
	write_open(&writer, NULL, '{');
	write_open(&writer, "a", '[');
	write_unsigned(&writer, NULL, 0);
	write_unsigned(&writer, NULL, UINT64_MAX);
	write_signed(&writer, NULL, INT64_MIN);
	write_open(&writer, NULL, '{');
	write_close(&writer, '}');
	write_close(&writer, ']');
	write_null(&writer, "b");
	write_bool(&writer, "c", true);
	write_bool(&writer, "d", false);
	write_known(&writer, "e", "");
	write_known(&writer, "f", "x");
	write_string(&writer, "g", NULL);
	write_close(&writer, '}');
	write_line_end(&writer);
	write_open(&writer, NULL, '{'); /* the next line takes no comma */
	write_close(&writer, '}');
	expect(&writer,
	       "{\"a\":[0,18446744073709551615,-9223372036854775808,{}],\"b\":null,\"c\":true,"
	       "\"d\":false,\"e\":null,\"f\":\"x\",\"g\":null}\n{}");
}

static void test_doubles(void **state)
{
	_cleanup_(writer_free) struct writer writer = {};

	(void)state;
	write_open(&writer, NULL, '[');
	write_double(&writer, NULL, 0);
	write_double(&writer, NULL, 0.25);
	write_double(&writer, NULL, 1e300);
	write_double(&writer, NULL, NAN);
	write_double(&writer, NULL, INFINITY);
	write_close(&writer, ']');
	expect(&writer, "[0,0.25,1e+300,null,null]");
}

static void test_strings(void **state)
{
	static const struct {
		const char *bytes;
		const char *json;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"line\nend\x1b[31m\x01", "\"line\\nend\\u001B[31m\\u0001\""},
		{"/usr/bin", "\"/usr/bin\""},
		{"caf\xc3\xa9", "\"caf\xc3\xa9\""},
		{"caf\xc3", "\"caf\\\\xc3\""},
		{"\xff\xfe", "\"\\\\xff\\\\xfe\""},
		{"\xe2\x82x", "\"\\\\xe2\\\\x82x\""},
		{"\xed\xa0\x80\xf0\x9f\x98\x80\xc0\xaf",
		 "\"\\\\xed\\\\xa0\\\\x80\xf0\x9f\x98\x80\\\\xc0\\\\xaf\""},
		{"\xff\"\n", "\"\\\\xff\\\"\\n\""},
		{"[", "\"[\""},
		{"a\x7f\xc2\x9b", "\"a\\\\x7f\\\\xc2\\\\x9b\""},
		{"\xe2\x80\xaegpj\xe2\x82\xac", "\"\\\\xe2\\\\x80\\\\xaegpj\xe2\x82\xac\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(writer_free) struct writer writer = {};

		write_string(&writer, NULL, cases[i].bytes);
		expect(&writer, cases[i].json);
	}
}

/* Whatever bytes come in, what goes out is JSON in UTF-8 that says the same to a strict reader. */
static void test_any_bytes(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		_cleanup_(writer_free) struct writer writer = {};
		char bytes[64];
		size_t length = (size_t)random() % sizeof(bytes);
		json_t *json;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)(random() % 255 + 1);
		bytes[length ? length - 1 : 0] = '\0';
		write_open(&writer, NULL, '[');
		write_string(&writer, NULL, bytes);
		write_string(&writer, NULL, "after");
		write_close(&writer, ']');
		json = json_loadb(writer.data, writer.length, 0, NULL);
		assert_int_equal(json_array_size(json), 2);
		json_decref(json);
	}
}

static void test_sizes(void **state)
{
	static const char *const exact[] = {
		"", "plain", "a\"\\b", "caf\xc3\xa9", "\xff\x7f\xc2\x9b", "\x01\x1f"};

	(void)state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		_cleanup_(writer_free) struct writer writer = {};

		write_string(&writer, NULL, exact[i]);
		assert_int_equal(write_string_size(exact[i]), writer.length);
	}
	srandom(2);
	for (int round = 0; round < 2000; round++) {
		_cleanup_(writer_free) struct writer writer = {};
		char bytes[64] = "";

		for (int i = (int)(random() % 63); i >= 0; i--)
			bytes[i] = (char)(random() % 255 + 1);
		write_string(&writer, NULL, bytes);
		assert_true(write_string_size(bytes) >= writer.length);
	}
}

static void test_limit(void **state)
{
	_cleanup_(writer_free) struct writer writer = {.limit = 1000};

	(void)state;
	write_open(&writer, NULL, '[');
	for (int i = 0; i < 99; i++)
		write_string(&writer, NULL, "1234567"); /* ten bytes with the comma */
	assert_false(writer.failed);
	for (int i = 0; i < 100000; i++)
		write_string(&writer, NULL, "1234567");
	assert_true(writer.failed && writer.too_long);
	assert_true(writer.length <= 1000 && writer.capacity <= 2048);
}

static void test_growth(void **state)
{
	_cleanup_(writer_free) struct writer writer = {};
	json_t *json;

	(void)state;
	write_open(&writer, NULL, '[');
	for (int i = 0; i < 100000; i++)
		write_string(&writer, NULL, "element");
	write_close(&writer, ']');
	json = json_loadb(writer.data, writer.length, 0, NULL);
	assert_int_equal(json_array_size(json), 100000);
	json_decref(json);
}

/* A stream writes line after line, each over the one before. */
static void test_lines(void **state)
{
	_cleanup_(writer_free) struct writer writer = {};

	(void)state;
	for (int i = 0; i < 3; i++) {
		writer.length = 0;
		write_open(&writer, NULL, '{');
		write_signed(&writer, "a", i);
		write_close(&writer, '}');
		write_line_end(&writer);
		assert_int_equal(writer.length, 8);
		assert_memory_equal(writer.data, "{\"a\":", 5);
		assert_memory_equal(writer.data + 6, "}\n", 2);
	}
}

/* After a failure nothing more is written, whatever is called. */
static void test_failure_lasts(void **state)
{
	_cleanup_(writer_free) struct writer writer = {.failed = true};
	_cleanup_(writer_free) struct writer wrong = {};

	(void)state;
	write_open(&writer, NULL, '{');
	write_string(&writer, "a", "\xff");
	write_double(&writer, "b", 1);
	write_close(&writer, '}');
	write_line_end(&writer);
	assert_true(writer.failed);
	assert_int_equal(writer.length, 0);

	write_open(&wrong, NULL, '{');
	write_null(&wrong, NULL); /* a member needs a key */
	assert_true(wrong.failed);
	write_close(&wrong, '}');
	assert_int_equal(wrong.length, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),     cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_strings),       cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_growth),        cmocka_unit_test(test_lines),
		cmocka_unit_test(test_failure_lasts), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_limit),
	};

	return RUN_TESTS(tests);
}
