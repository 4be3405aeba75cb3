// SPDX-License-Identifier: BSD-2-Clause
#include "model/load.h"

#include "check.h"

#define SECOND 1000000ULL

/* Closes `before` a second for 200 s and `after` a second for 100 s, looked at each `step`. */
static struct load run(uint32_t before, uint32_t after, uint32_t step)
{
	struct load l = {};

	for (uint32_t t = 0; t <= 300; t += step)
		load_add(&l, t * SECOND, t <= 200 ? t * before : 200 * before + (t - 200) * after);
	return l;
}

static void a_rate_that_grew_alike_explains(void **state)
{
	struct load grew = run(100, 500, 1), holes = run(100, 500, 20), stayed = run(100, 100, 1);

	(void)state;
	assert_true(load_explains(&grew, 300 * SECOND, 50, 200, 100));
	assert_true(load_explains(&holes, 300 * SECOND, 50, 200, 100));
	assert_false(load_explains(&stayed, 300 * SECOND, 50, 200, 100));
	assert_false(load_explains(&grew, 300 * SECOND, 50, 200, 2000)); /* not seen so long */
}

static void a_little_more_explains_not_all(void **state)
{
	struct load l = run(100, 150, 1);

	(void)state;
	assert_false(load_explains(&l, 300 * SECOND, 50, 200, 100));
	assert_true(load_explains(&l, 300 * SECOND, 50, 25, 100));
}

static void what_is_held_long_is_not_explained(void **state)
{
	struct load l = run(1, 5, 1);

	(void)state;
	assert_false(load_explains(&l, 300 * SECOND, 50, 200, 100));
	assert_true(load_explains(&l, 300 * SECOND, 5, 20, 100));
}

/* One look within a wide bucket after a long time unseen: what came is laid out by time. */
static void the_unseen_is_laid_out_evenly(void **state)
{
	struct load l = {};

	(void)state;
	load_add(&l, 0, 0);
	for (uint32_t t = 1429; t <= 4000; t += 2)
		load_add(&l, t * SECOND, t * 25ULL);
	for (float elapsed = 100; elapsed < 4000; elapsed += 100)
		assert_false(load_explains(&l, 3999 * SECOND, 500, 500, elapsed));
}

static void totals_wrap(void **state)
{
	struct load l = {};

	(void)state;
	for (uint32_t t = 0; t <= 300; t++)
		load_add(&l, t * SECOND,
			 UINT32_MAX - 25000ULL + (t <= 200 ? t * 100 : 20000 + (t - 200) * 500));
	assert_true(load_explains(&l, 300 * SECOND, 50, 200, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_that_grew_alike_explains),
		cmocka_unit_test(a_little_more_explains_not_all),
		cmocka_unit_test(what_is_held_long_is_not_explained),
		cmocka_unit_test(the_unseen_is_laid_out_evenly),
		cmocka_unit_test(totals_wrap),
	};

	return RUN_TESTS(tests);
}
