// SPDX-License-Identifier: BSD-2-Clause
#include "model/series.h"

#include "check.h"

#define SECOND 1000000ULL

static struct series_point points[SERIES_POINTS_MAX];

/* Points must rise, touch or leave holes, and hold what the samples were. */
static void expect_order(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(points[i].from < points[i].until);
		assert_true(points[i].low <= points[i].high);
		if (i)
			assert_true(points[i - 1].until <= points[i].from);
	}
}

static void nothing_yet(void **state)
{
	struct series series = {};

	(void)state;
	assert_int_equal(series_points(&series, points), 0);
}

static void a_quiet_life(void **state)
{
	struct series series = {};
	size_t count;

	(void)state;
	for (uint64_t t = 1; t <= 5000; t++)
		series_add(&series, t * SECOND, 7, 8);
	assert_null(series.pyramid);
	count = series_points(&series, points);
	expect_order(count);
	assert_in_range(count, 2, SERIES_ROW);
	assert_int_equal(points[count - 1].low, 7);
	assert_int_equal(points[count - 1].high, 7);
	series_free(&series);
}

/* A day of growth: fine at its end, coarse at its beginning, nothing twice and nothing missing. */
static void a_life_that_grew(void **state)
{
	struct series series = {};
	size_t count;

	(void)state;
	for (uint64_t t = 1; t <= 86400; t++)
		series_add(&series, t * SECOND, (uint32_t)t, 8);
	assert_non_null(series.pyramid);
	count = series_points(&series, points);
	expect_order(count);
	assert_in_range(count, 100, SERIES_POINTS_MAX);
	assert_int_equal(points[count - 1].high, 86400);
	assert_int_equal(points[count - 1].until - points[count - 1].from, series_width(0));
	assert_true(points[0].from < 2 * 3600 * SECOND);
	for (size_t i = 1; i < count; i++) {
		assert_true(points[i].low > points[i - 1].low);
		assert_true(points[i].from - points[i - 1].until < points[i].until);
	}
	series_free(&series);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_yet),
		cmocka_unit_test(a_quiet_life),
		cmocka_unit_test(a_life_that_grew),
	};

	return RUN_TESTS(tests);
}
