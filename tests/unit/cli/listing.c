// SPDX-License-Identifier: BSD-2-Clause
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"
#include "descriptor.h"

/* What is read from a text, its last byte the last that may be looked at. */
struct reading {
	struct table *table;
	struct text rest;
	bool good;
};

static struct reading read_text(const char *text, size_t length)
{
	struct reading reading = {.table = descriptor_table()};
	char *json = malloc(length ? length : 1);

	assert_non_null(json);
	memcpy(json, text, length);
	reading.good = listing_read(json, length, reading.table, &reading.rest);
	free(json);
	return reading;
}

static void clear(struct reading *reading)
{
	table_free(reading->table);
	text_free(&reading->rest);
}

static size_t count_rows(const struct table *table)
{
	struct terminal terminal = {.width = TERMINAL_UNBOUNDED};
	struct capture capture;
	size_t count = 0;
	char *got;

	assert_int_equal(table_print(table, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	for (const char *at = strchr(got, '\n') + 1; *at; at++)
		count += *at == '\n';
	free(got);
	return count;
}

static void the_rest_has_all_but_the_descriptors(void **state)
{
	static const struct {
		const char *json;
		const char *rest;
		size_t rows;
	} cases[] = {
		{"{\"pid\":7,\"descriptors\":[{\"fd\":3},{\"fd\":4}],\"sites\":[]}\n",
		 "{\"pid\":7,\"descriptors\":[],\"sites\":[]}\n", 2},
		{" { \"descriptors\" : [ { \"fd\" : 3 } ] } ", " { \"descriptors\" : [] } ", 1},
		{"{\"descriptors\":[],\"x\":\"]\"}", "{\"descriptors\":[],\"x\":\"]\"}", 0},
		{"{\"descriptor\\u0073\":[{}]}", "{\"descriptor\\u0073\":[]}", 1},
		{"{\"descriptors\":[{}],\"descriptors\":[{},{}]}",
		 "{\"descriptors\":[],\"descriptors\":[]}", 3},
		{"{\"x\":{\"descriptors\":[1]},\"y\":[{\"descriptors\":2}]}",
		 "{\"x\":{\"descriptors\":[1]},\"y\":[{\"descriptors\":2}]}", 0},
		{"{\"pid\":18446744073709551616,\"usage\":1e999}",
		 "{\"pid\":18446744073709551616,\"usage\":1e999}", 0},
		{"{}", "{}", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading reading = read_text(cases[i].json, strlen(cases[i].json));

		assert_true(reading.good);
		assert_int_equal(reading.rest.length, strlen(cases[i].rest));
		assert_memory_equal(reading.rest.bytes, cases[i].rest, reading.rest.length);
		assert_int_equal(count_rows(reading.table), cases[i].rows);
		clear(&reading);
	}
}

static void what_is_no_such_object_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"null",
		"7",
		"\"descriptors\"",
		"[]",
		"[{\"descriptors\":[]}]",
		"{\"descriptors\":null}",
		"{\"descriptors\":{}}",
		"{\"descriptors\":[1]}",
		"{\"descriptors\":[null]}",
		"{\"descriptors\":[[]]}",
		"{\"descriptors\":[{},]}",
		"{\"descriptors\":[{} {}]}",
		"{\"descriptors\":[{\"fd\"}]}",
		"{\"descriptors\":[{\"fd\":}]}",
		"{\"descriptors\":[{3:\"fd\"}]}",
		"{\"descriptors\":[{\"fd\":nul}]}",
		"{\"descriptors\":[{\"fd\":01}]}",
		"{\"descriptors\":[{\"path\":\"\n\"}]}",
		"{\"descriptors\":[{\"path\":\"\\x\"}]}",
		"{\"descriptors\":[{\"path\":\"\\u12g4\"}]}",
		"{\"descriptors\":[{\"path\":\"\xff\"}]}",
		"{} {}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct reading reading = read_text(texts[i], strlen(texts[i]));

		assert_false(reading.good);
		clear(&reading);
	}
}

static void a_text_that_ends_early_is_refused(void **state)
{
	static const char text[] =
		"{\"a\":[{}],\"descriptors\":[{\"fd\":-1,\"path\":\"\\ud83d\\ude00\\\"\","
		"\"cloexec\":true,\"flags\":[\"O_RDWR\"],\"socket\":{\"family\":null}}]}";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		struct reading reading = read_text(text, length);

		assert_int_equal(reading.good, length == strlen(text));
		clear(&reading);
	}
}

/* Half a surrogate pair is no text, but no reason to show nothing either. */
static void odd_escapes_are_read(void **state)
{
	static const char *const strings[] = {"\\u0000",      "\\ud83d",        "\\ude00",
					      "\\ud83dx",     "\\ud83d\\u0041", "\\ud83d\\n",
					      "\\/\\b\\f\\r", "\\ud83d\\ud83d"};

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		char text[128];
		struct reading reading;

		snprintf(text, sizeof(text), "{\"descriptors\":[{\"path\":\"%s\"}]}", strings[i]);
		reading = read_text(text, strlen(text));
		assert_true(reading.good);
		assert_int_equal(count_rows(reading.table), 1);
		clear(&reading);
	}
}

static void deep_nesting_is_followed(void **state)
{
	static const char head[] = "{\"descriptors\":[{\"fd\":1,\"x\":";
	static const char tail[] = "}]}";
	size_t depth = 100000;
	char *text = malloc(strlen(head) + 2 * depth + strlen(tail));
	char *at = text;
	struct reading reading;

	(void)state;
	assert_non_null(text);
	at = mempcpy(at, head, strlen(head));
	memset(at, '[', depth);
	memset(at + depth, ']', depth);
	at = mempcpy(at + 2 * depth, tail, strlen(tail));
	reading = read_text(text, (size_t)(at - text));
	assert_true(reading.good);
	assert_int_equal(count_rows(reading.table), 1);
	clear(&reading);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rest_has_all_but_the_descriptors),
		cmocka_unit_test(what_is_no_such_object_is_refused),
		cmocka_unit_test(a_text_that_ends_early_is_refused),
		cmocka_unit_test(odd_escapes_are_read),
		cmocka_unit_test(deep_nesting_is_followed),
	};

	return RUN_TESTS(tests);
}
