// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "check.h"
#include "ingest/decode_trace.h"

static struct fdw_text latin(const char *text)
{
	struct fdw_text t = {.size = (__u32)strlen(text), .unit = 1};

	memcpy(t.data, text, t.size);
	return t;
}

static struct fdw_text wide(const void *data, __u32 size, __u16 unit)
{
	struct fdw_text t = {.size = size, .unit = unit};

	memcpy(t.data, data, size);
	return t;
}

/* The name that comes of a text. */
static const char *name_of(struct fdw_text name)
{
	static struct trace_texts texts;
	struct fdw_code record = {.type = FDW_TRACE_CODE, .name = name};
	struct code_sighting code;

	assert_int_equal(decode_code(&record, sizeof(record), &texts, &code), 0);
	return code.name;
}

static void code_is_taken_over(void **state)
{
	struct {
		struct fdw_code code;
		unsigned char lines[4];
	} record = {.code = {.type = FDW_TRACE_CODE,
			     .pid = 12,
			     .code = 99,
			     .start_time_ns = 5000,
			     .space = 3,
			     .first_line = -4,
			     .line_size = 4,
			     .line_whole = 4,
			     .file = latin("/x/y.py"),
			     .name = latin("C.f")},
		    .lines = {1, 2, 3, 4}};
	struct trace_texts texts;
	struct code_sighting code;
	size_t size = sizeof(record.code) + 4;

	(void)state;
	assert_int_equal(decode_code(&record, size, &texts, &code), 0);
	assert_int_equal(code.code, 99);
	assert_int_equal(code.pid, 12);
	assert_int_equal(code.start_time, 5);
	assert_int_equal(code.space, 3);
	assert_int_equal(code.first_line, -4);
	assert_int_equal(code.line_size, 4);
	assert_memory_equal(code.lines, record.lines, 4);
	assert_false(code.cut);
	assert_string_equal(code.file, "/x/y.py");
	assert_string_equal(code.name, "C.f");

	record.code.line_whole = 5;
	assert_int_equal(decode_code(&record, size, &texts, &code), 0);
	assert_true(code.cut);
	assert_int_equal(decode_code(&record, size - 1, &texts, &code), -EINVAL);
	assert_int_equal(decode_code(&record, sizeof(record.code) - 1, &texts, &code), -EINVAL);
}

static void texts_become_utf8(void **state)
{
	const __u16 two[] = {'a', 0x4e2d, 0x20ac};
	const __u32 four[] = {'a', 0x1f600, 0x110000};
	const __u16 escaped[] = {'a', 0xdcff, 0xd800};

	(void)state;
	assert_string_equal(name_of(latin("K\xe9")), "K\xc3\xa9");
	assert_string_equal(name_of(wide(two, sizeof(two), 2)), "a\xe4\xb8\xad\xe2\x82\xac");
	assert_string_equal(name_of(wide(four, sizeof(four), 4)), "a\xf0\x9f\x98\x80\xef\xbf\xbd");
	assert_string_equal(name_of(wide(escaped, sizeof(escaped), 2)), "a\xff\xef\xbf\xbd");
	assert_string_equal(name_of(wide("a\0b", 3, 1)), "a\xef\xbf\xbd"
							 "b");
	assert_string_equal(name_of((struct fdw_text){}), "");
	assert_string_equal(name_of(wide(two, 5, 2)), "a\xe4\xb8\xad"); /* half a character */
}

static void cut_texts_show_it(void **state)
{
	struct fdw_code record = {.type = FDW_TRACE_CODE};
	struct trace_texts texts;
	struct code_sighting code;

	(void)state;
	record.file = latin("end.py");
	record.name = latin("begin");
	record.file.cut = record.name.cut = 1;
	assert_int_equal(decode_code(&record, sizeof(record), &texts, &code), 0);
	assert_string_equal(code.file, "...end.py");
	assert_string_equal(code.name, "begin...");
}

/* Each unit has characters that take most bytes for what they take here. */
static void longest_texts_fit(void **state)
{
	struct fdw_text t = {.size = FDW_TEXT_MAX, .unit = 1, .cut = 1};

	(void)state;
	memset(t.data, 0xff, sizeof(t.data));
	assert_int_equal(strlen(name_of(t)), 2 * FDW_TEXT_MAX + 3);
	t.unit = 2;
	memset(t.data, 0x4e, sizeof(t.data));
	assert_int_equal(strlen(name_of(t)), FDW_TEXT_MAX / 2 * 3 + 3);
	memset(t.data, 0, sizeof(t.data)); /* each replaced by three bytes */
	assert_int_equal(strlen(name_of(t)), FDW_TEXT_MAX / 2 * 3 + 3);
	t.unit = 1;
	assert_true(strlen(name_of(t)) < TRACE_TEXT_MAX);
}

static void text_out_of_bounds_is_refused(void **state)
{
	struct fdw_code record = {.type = FDW_TRACE_CODE};
	struct trace_texts texts;
	struct code_sighting code;

	(void)state;
	record.name = latin("f");
	record.name.unit = 3;
	assert_int_equal(decode_code(&record, sizeof(record), &texts, &code), -EINVAL);
	record.name.unit = 1;
	record.name.size = FDW_TEXT_MAX + 1;
	assert_int_equal(decode_code(&record, sizeof(record), &texts, &code), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_is_taken_over),
		cmocka_unit_test(texts_become_utf8),
		cmocka_unit_test(cut_texts_show_it),
		cmocka_unit_test(longest_texts_fit),
		cmocka_unit_test(text_out_of_bounds_is_refused),
	};

	return RUN_TESTS(tests);
}
