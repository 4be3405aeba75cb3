// SPDX-License-Identifier: BSD-2-Clause
#include "model/site_save.h"

#include <stdlib.h>

#include "check.h"
#include "model/strings.h"

#define ID 77

static const struct frame frames[] = {
	{.function = "load", .file = "/a.py", .line = 3, .language = FRAME_PYTHON},
	{.function = "main", .file = "/a.py", .line = 9, .language = FRAME_PYTHON},
	{.module = "/lib/x.so", .build_id = "abc", .offset = 0x1234, .language = FRAME_NATIVE},
	{.function = "", .module = "/lib/x.so", .build_id = "abc", .language = FRAME_JIT},
};

static struct site_set *a_set(const struct frame *of, size_t count, const char *call)
{
	struct site_set *set = site_set_new(NULL);

	site_resolve(set, site_set_add(set, ID, 100), of, count, call);
	return set;
}

static size_t save(const struct site_set *set, uint8_t *bytes, size_t room)
{
	struct bytes_out out = {.at = bytes, .left = room};

	site_save(site_set_find(set, ID), &out);
	return out.failed ? 0 : room - out.left;
}

static void assert_text(const char *a, const char *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_string_equal(a, b);
}

static void comes_back(void **state)
{
	struct site_set *set = a_set(frames, 4, "open"), *other = site_set_new(NULL);
	const struct site *site = site_set_find(set, ID), *back;
	uint8_t bytes[SITE_SAVE_MAX];
	struct bytes_in in = {.at = bytes, .left = save(set, bytes, sizeof(bytes))};

	(void)state;
	assert_in_range(in.left, 1, 256); /* names that come again take no room */
	assert_true(site_restore(other, &in));
	assert_int_equal(in.left, 0);
	site_set_unref(set); /* it has copies of its own */
	set = a_set(frames, 4, "open");
	site = site_set_find(set, ID);
	back = site_set_find(other, ID);
	assert_int_equal(back->state, SITE_KNOWN);
	assert_int_equal(back->first_seen, 100);
	assert_true(back->place == site->place);
	assert_string_equal(back->call, "open");
	assert_int_equal(back->frame_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_text(back->frames[i].function, site->frames[i].function);
		assert_text(back->frames[i].file, site->frames[i].file);
		assert_text(back->frames[i].module, site->frames[i].module);
		assert_text(back->frames[i].build_id, site->frames[i].build_id);
		assert_true(back->frames[i].offset == site->frames[i].offset);
		assert_int_equal(back->frames[i].line, site->frames[i].line);
		assert_int_equal(back->frames[i].language, site->frames[i].language);
	}
	assert_int_equal(site_set_pending(other), 0);
	site_set_unref(other);
	site_set_unref(set);
}

static void long_ones_lose_their_outer_frames(void **state)
{
	static char names[STACK_MAX][STRINGS_LENGTH_MAX];
	struct frame many[STACK_MAX] = {};
	struct site_set *set, *other = site_set_new(NULL);
	static uint8_t bytes[SITE_SAVE_MAX + 100];
	struct bytes_in in = {.at = bytes};

	(void)state;
	for (size_t i = 0; i < STACK_MAX; i++) {
		memset(names[i], 'a' + (int)(i % 26), sizeof(names[i]) - 1);
		names[i][0] = (char)('0' + i / 26);
		many[i].function = names[i];
	}
	set = a_set(many, STACK_MAX, NULL);
	in.left = save(set, bytes, sizeof(bytes));
	assert_in_range(in.left, SITE_SAVE_MAX - 1100, SITE_SAVE_MAX);
	assert_true(site_restore(other, &in));
	assert_in_range(site_set_find(other, ID)->frame_count, 30, 32);
	assert_string_equal(site_set_find(other, ID)->frames[3].function, names[3]);
	site_set_unref(other);
	site_set_unref(set);
}

/* Whatever stands in the bytes: it ends, within bounds, and nothing is left pending. */
static void wrong_bytes(void **state)
{
	struct site_set *set = a_set(frames, 4, "open");
	uint8_t bytes[SITE_SAVE_MAX];
	size_t size = save(set, bytes, sizeof(bytes));

	(void)state;
	for (size_t left = 0; left < size; left++) {
		struct site_set *other = site_set_new(NULL);
		uint8_t *exact = malloc(left + 1);
		struct bytes_in in = {.at = exact, .left = left};

		memcpy(exact, bytes, left);
		assert_false(site_restore(other, &in));
		assert_null(site_set_find(other, ID));
		free(exact);
		site_set_unref(other);
	}
	for (size_t i = 0; i < size; i++) {
		for (unsigned int flip = 1; flip < 256; flip <<= 1) {
			struct site_set *other = site_set_new(NULL);
			struct bytes_in in = {.at = bytes, .left = size};

			bytes[i] ^= (uint8_t)flip;
			site_restore(other, &in);
			assert_int_equal(site_set_pending(other), 0);
			bytes[i] ^= (uint8_t)flip;
			site_set_unref(other);
		}
	}
	site_set_unref(set);
}

static void no_room(void **state)
{
	struct site_set *set = a_set(frames, 1, "open");
	uint8_t bytes[64];

	(void)state;
	for (size_t room = 0; room < 8 + 8 + 2 + 4 + 1; room++)
		assert_int_equal(save(set, bytes, room), 0);
	site_set_unref(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(long_ones_lose_their_outer_frames),
		cmocka_unit_test(wrong_bytes),
		cmocka_unit_test(no_room),
	};

	return RUN_TESTS(tests);
}
