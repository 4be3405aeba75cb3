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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaks_add_up_and_ends_in_peace_take_back),
		cmocka_unit_test(the_oldest_makes_room),
	};

	return RUN_TESTS(tests);
}
