// SPDX-License-Identifier: BSD-2-Clause
#include "reader.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static struct reader reader_on(const char *text)
{
	return (struct reader){.at = text, .end = text + strlen(text)};
}

static void values_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum value_type type;
		const char *value;
	} cases[] = {
		{" null", VALUE_NULL, "null"},
		{"true ", VALUE_TRUE, "true"},
		{"false", VALUE_FALSE, "false"},
		{"-12.5e+3,", VALUE_NUMBER, "-12.5e+3"},
		{"\"a\\\"b\\\\\" ", VALUE_STRING, "a\\\"b\\\\"},
		{"\"\"", VALUE_STRING, ""},
		{"[1,[\"]\"],{}] ]", VALUE_ARRAY, "[1,[\"]\"],{}]"},
		{"{\"a}\":{\"b\":[]}}}", VALUE_OBJECT, "{\"a}\":{\"b\":[]}}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader reader = reader_on(cases[i].text);
		struct value value = reader_value(&reader);

		assert_false(reader.failed);
		assert_int_equal(value.type, cases[i].type);
		assert_int_equal(value.length, strlen(cases[i].value));
		assert_memory_equal(value.start, cases[i].value, value.length);
	}
}

static void wrong_values_are_refused(void **state)
{
	static const char *const texts[] = {"",         " ",         "nul", "nulx",
					    "\"abc",    "\"abc\\\"", "[1",  "{\"a",
					    "{\"a}\":", "\"abc\\",   "x",   ","};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct reader reader = reader_on(texts[i]);

		assert_int_equal(reader_value(&reader).type, VALUE_NONE);
		assert_true(reader.failed);
		assert_int_equal(reader_value(&reader).type, VALUE_NONE);
		assert_false(reader_element(&reader));
		assert_false(reader_enter(&reader, '['));
	}
}

static void elements(void **state)
{
	struct reader reader = reader_on(" [ 1 , [2,3] ,\"x\"] 4");
	enum value_type types[] = {VALUE_NUMBER, VALUE_ARRAY, VALUE_STRING};
	size_t count = 0;

	(void)state;
	assert_true(reader_enter(&reader, '['));
	while (reader_element(&reader))
		assert_int_equal(reader_value(&reader).type, types[count++]);
	assert_int_equal(count, 3);
	assert_false(reader.failed);
	assert_string_equal(reader.at, " 4");
}

static void empty_ones(void **state)
{
	struct reader array = reader_on("[ ]");
	struct reader object = reader_on("{ }");
	struct value key;

	(void)state;
	assert_true(reader_enter(&array, '['));
	assert_false(reader_element(&array));
	assert_false(array.failed);
	assert_true(reader_enter(&object, '{'));
	assert_false(reader_member(&object, &key));
	assert_false(object.failed);
}

static void members_by_name(void **state)
{
	static const char *const names[] = {"fd", "path", "absent"};
	struct reader reader = reader_on("{\"x\":{\"fd\":9},\"path\":\"/a\",\"fd\" : 3}");
	struct value values[3];

	(void)state;
	assert_true(reader_members(&reader, names, 3, values));
	assert_int_equal(values[0].type, VALUE_NUMBER);
	assert_memory_equal(values[0].start, "3", 1);
	assert_true(value_is(values[1], "/a"));
	assert_false(value_is(values[1], "/ab"));
	assert_int_equal(values[2].type, VALUE_NONE);
}

static void wrong_members_are_refused(void **state)
{
	static const char *const texts[] = {"[]",         "{\"a\"}",           "{\"a\":}",
					    "{1:2}",      "{\"a\":1 \"b\":2}", "{\"a\":1]",
					    "{,\"a\":1}", "{\"a\":1",          "{\"a\":1,}",
					    "{\"a\" 1}",  "{\"a\":[1}"};
	static const char *const names[] = {"a"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct reader reader = reader_on(texts[i]);
		struct value value;

		assert_false(reader_members(&reader, names, 1, &value));
		assert_true(reader.failed);
	}
}

/* What jansson writes, and what it reads from it, is the measure. */
static void strings_as_jansson_has_them(void **state)
{
	static const char *const texts[] = {
		"\"plain\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
		"\"\\u0000x\\u001b\"",
		"\"raw \xc3\xa9\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *json = json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		struct reader reader = reader_on(texts[i]);
		struct value value = reader_value(&reader);
		char *out = malloc(value.length);

		assert_non_null(json);
		assert_non_null(out);
		assert_int_equal(value_text(value, out), json_string_length(json));
		assert_memory_equal(out, json_string_value(json), json_string_length(json));
		free(out);
		json_decref(json);
	}
}

static void broken_escapes_stay_in_their_room(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"\"\\u\"", "?"},
		{"\"\\u12\"", "?12"},
		{"\"\\u12g4\"", "?12g4"},
		{"\"\\ud83d\"", "\ufffd"},
		{"\"\\ude00\"", "\ufffd"},
		{"\"\\ud83dx\"", "\ufffdx"},
		{"\"\\ud83d\\u0041\"", "\ufffdA"},
		{"\"\\x\"", "x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader reader = reader_on(cases[i].text);
		struct value value = reader_value(&reader);
		char *out = malloc(value.length);
		size_t length;

		assert_non_null(out);
		length = value_text(value, out);
		assert_true(length <= value.length);
		assert_int_equal(length, strlen(cases[i].expected));
		assert_memory_equal(out, cases[i].expected, length);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_told_apart),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(elements),
		cmocka_unit_test(empty_ones),
		cmocka_unit_test(members_by_name),
		cmocka_unit_test(wrong_members_are_refused),
		cmocka_unit_test(strings_as_jansson_has_them),
		cmocka_unit_test(broken_escapes_stay_in_their_room),
	};

	return RUN_TESTS(tests);
}
