// SPDX-License-Identifier: BSD-2-Clause
#include "model/history.h"

#include <stdio.h>

#include "check.h"

static void leaks_add_up_and_ends_in_peace_take_back(void **state)
{
	struct history *h = history_new(8);

	(void)state;
	assert_float_equal(history_sensitivity(h, "a.service", "python3"), 1, 0);
	history_add(h, "a.service", "python3", false);
	assert_float_equal(history_sensitivity(h, "a.service", "python3"), 1, 0);
	history_add(h, "a.service", "python3", true);
	assert_float_equal(history_sensitivity(h, "a.service", "python3"), 1.5, 0);
	for (int i = 0; i < 5; i++)
		history_add(h, "a.service", "python3", true);
	assert_float_equal(history_sensitivity(h, "a.service", "python3"), 2, 0);
	assert_float_equal(history_sensitivity(h, "b.service", "python3"), 1, 0);
	assert_float_equal(history_sensitivity(h, "a.service", "python"), 1, 0);
	assert_float_equal(history_sensitivity(h, "a.servicep", "ython3"), 1, 0);
	for (int i = 0; i < 3; i++)
		history_add(h, "a.service", "python3", false);
	assert_float_equal(history_sensitivity(h, "a.service", "python3"), 1, 0);
	history_free(h);
}

static void the_oldest_makes_room(void **state)
{
	struct history *h = history_new(4);
	char name[16];

	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		history_add(h, "", name, true);
	}
	history_add(h, "", "p0", true); /* heard of again */
	history_add(h, "", "p4", true);
	assert_float_equal(history_sensitivity(h, "", "p0"), 2, 0);
	assert_float_equal(history_sensitivity(h, "", "p1"), 1, 0);
	assert_float_equal(history_sensitivity(h, "", "p4"), 1.5, 0);
	history_free(h);
	h = history_new(0);
	history_add(h, "", "p0", true);
	assert_float_equal(history_sensitivity(h, "", "p0"), 1, 0);
	history_free(h);
	history_free(NULL);
}

static void goes_on_as_saved(void **state)
{
	struct history *h = history_new(4), *other = history_new(4), *small = history_new(1);
	uint8_t bytes[5 * HISTORY_SAVED];
	struct bytes_out out = {bytes, sizeof(bytes), false};
	struct bytes_in in = {bytes, 3 * HISTORY_SAVED, false}, again = in;

	(void)state;
	history_add(h, "a", "p", true);
	history_add(h, "b", "p", true);
	history_add(h, "b", "p", true);
	history_save(h, &out);
	assert_false(out.failed);
	assert_int_equal(out.left, 2 * HISTORY_SAVED);
	assert_true(history_restore(other, &in));
	assert_int_equal(history_changes(other), 3);
	assert_float_equal(history_sensitivity(other, "a", "p"), 1.5, 0);
	assert_float_equal(history_sensitivity(other, "b", "p"), 2, 0);
	assert_float_equal(history_sensitivity(other, "c", "p"), 1, 0);
	assert_true(history_restore(small, &again));
	assert_float_equal(history_sensitivity(small, "a", "p"), 1.5, 0);
	history_free(h);
	history_free(other);
	history_free(small);
}

static void restores_no_broken_bytes(void **state)
{
	struct history *h = history_new(4);
	uint8_t bytes[2 * HISTORY_SAVED];
	struct bytes_out out = {bytes, sizeof(bytes), false};

	(void)state;
	history_add(h, "a", "p", true);
	history_save(h, &out);
	for (size_t size = 0; size < sizeof(bytes); size++) {
		struct bytes_in in = {bytes, size, false};

		assert_false(history_restore(h, &in));
	}
	for (size_t i = 0; i < sizeof(bytes); i++) {
		struct bytes_in in = {bytes, sizeof(bytes), false};

		bytes[i] ^= 0xff;
		history_restore(h, &in);
		assert_in_range((int)(history_sensitivity(h, "a", "p") * 2), 2, 4);
		bytes[i] ^= 0xff;
	}
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaks_add_up_and_ends_in_peace_take_back),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(goes_on_as_saved),
		cmocka_unit_test(restores_no_broken_bytes),
	};

	return RUN_TESTS(tests);
}
