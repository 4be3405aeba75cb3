// SPDX-License-Identifier: BSD-2-Clause
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "serve/json.h"

static const struct frame frames[] = {
	{.function = "open",
	 .file = "/usr/lib/python3.11/pathlib.py",
	 .line = 1044,
	 .language = FRAME_PYTHON},
	{.function = "load\xff", .file = "/srv/app.py", .line = 7, .language = FRAME_PYTHON},
	{.function = "main", .module = "/srv/app", .offset = 4096, .build_id = "abcd"},
};

static json_t *read_json(struct writer *writer)
{
	json_t *json = json_loadb(writer->data, writer->length, 0, NULL);

	assert_false(writer->failed);
	assert_non_null(json);
	writer_free(writer);
	return json;
}

static void place(void **state)
{
	struct site site = {.id = 1, .call = "openat", .frames = frames, .frame_count = 3};
	struct place one = {
		.site = &site,
		.examples = {(char *)"/data/x"},
		.example_count = 1,
		.live = 3,
		.stacks = 1,
		.opened = 5,
		.oldest = 2000000,
		.median = 1500000,
		.reason = "too few to tell",
		.kind = FDW_KIND_FILE,
	};
	struct writer writer = {};
	json_t *json, *frame;

	(void)state;
	json_place(&writer, 42, "app", &one);
	json = read_json(&writer);
	assert_int_equal(json_integer_value(json_object_get(json, "live")), 3);
	assert_int_equal(json_integer_value(json_object_get(json, "closed_total")), 2);
	assert_true(json_real_value(json_object_get(json, "median_age_seconds")) == 1.5);
	assert_string_equal(json_string_value(json_object_get(json, "place")),
			    "/srv/app.py:7 in load\\xff");
	assert_int_equal(json_array_size(json_object_get(json, "frames")), 3);
	frame = json_array_get(json_object_get(json, "frames"), 2);
	assert_string_equal(json_string_value(json_object_get(frame, "language")), "native");
	assert_true(json_is_null(json_object_get(frame, "file")));
	assert_true(json_is_null(json_object_get(frame, "line")));
	assert_int_equal(json_integer_value(json_object_get(frame, "offset")), 4096);
	json_decref(json);
}

static void site_text(const struct frame *frame, const char *expected)
{
	const struct site site = {.frames = frame, .frame_count = frame ? 1 : 0};
	struct writer writer = {};
	const char *got;
	json_t *json;

	write_open(&writer, NULL, '{');
	json_site(&writer, "site", &site);
	write_close(&writer, '}');
	json = read_json(&writer);
	got = json_string_value(json_object_get(json, "site"));
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
	json_decref(json);
}

static void sites(void **state)
{
	static const struct frame bare = {.module = "/srv/app", .offset = 4096};
	static const struct frame jit = {.function = "Main.f()", .language = FRAME_JIT};
	static const struct frame nothing = {};

	(void)state;
	site_text(&frames[2], "main in app");
	site_text(&bare, "app+0x1000");
	site_text(&jit, "Main.f()");
	site_text(&nothing, NULL);
	site_text(NULL, NULL);
}

static void inherited(void **state)
{
	char name[] = "server.key";
	struct descriptor item = {.fd = 7, .kind = FDW_KIND_FILE, .name = name, .executed = true};
	const struct descriptor_list list = {.items = &item, .count = 1};
	struct writer writer = {};
	json_t *json, *one;

	(void)state;
	write_open(&writer, NULL, '[');
	json_inherited(&writer, 42, "sh", "make", &list);
	write_close(&writer, ']');
	json = read_json(&writer);
	one = json_array_get(json, 0);
	assert_string_equal(json_string_value(json_object_get(one, "class")), "secret");
	assert_string_equal(json_string_value(json_object_get(one, "from")), "make");
	assert_int_equal(json_integer_value(json_object_get(one, "fd")), 7);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place),
		cmocka_unit_test(sites),
		cmocka_unit_test(inherited),
	};

	return RUN_TESTS(tests);
}
