// SPDX-License-Identifier: BSD-2-Clause
#include "model/series.h"

#include "check.h"

#define SECOND 1000000ULL

static void fill(struct series *s, uint64_t from, uint64_t to, uint32_t live, uint32_t step)
{
	for (uint64_t t = from; t < to; t++, live += step)
		assert_true(series_add(s, t * SECOND, live, 8) >= 0);
}

static void quiet_stays_small(void **state)
{
	struct series s = {};

	(void)state;
	for (uint64_t t = 1; t < 400000; t++)
		assert_int_equal(series_add(&s, t * SECOND, 100 + t % 5, 8), 0);
	assert_null(s.pyramid);
	assert_true(s.quiet->n <= SERIES_ROW && s.quiet->n >= SERIES_ROW / 2);
	assert_int_equal(s.quiet->low[0], 100);
	assert_int_equal(s.quiet->high[0], 104);
	assert_true(sizeof(s) + sizeof(*s.quiet) <= 2048);
	assert_true(sizeof(s) + sizeof(*s.pyramid) <= 16384);
	series_free(&s);
}

static void waking_keeps_the_past(void **state)
{
	struct series s = {};

	(void)state;
	fill(&s, 1, 1000, 100, 0);
	fill(&s, 1000, 1010, 200, 10);
	assert_non_null(s.pyramid);
	assert_null(s.quiet);
	for (unsigned int level = 0; level < 6; level++) {
		const struct series_row *row = &s.pyramid->rows[level];

		assert_int_equal(row->low[0], 100);
		assert_int_equal(row->high[row->n - 1], 290);
	}
	assert_int_equal(s.pyramid->rows[0].n, SERIES_ROW);
	series_free(&s);
}

static void rows_hold_least_and_greatest(void **state)
{
	struct series s = {};
	const struct series_row *row;

	(void)state;
	fill(&s, 1, 16, 0, 0);
	fill(&s, 16, 48, 100, 1);  /* 100 to 131 */
	row = &s.pyramid->rows[4]; /* 16 s a bucket */
	assert_int_equal(row->index[row->n - 1], 2);
	assert_int_equal(row->low[row->n - 1], 116);
	assert_int_equal(row->high[row->n - 1], 131);
	assert_int_equal(row->low[row->n - 2], 100);
	assert_int_equal(row->crest[row->n - 2], 108); /* its second half's floor */
	series_free(&s);
}

static void rows_stay_sorted_over_gaps(void **state)
{
	struct series s = {};

	(void)state;
	fill(&s, 1, 50, 0, 7);
	fill(&s, 90000, 90050, 10, 3);
	for (unsigned int level = 0; level < SERIES_LEVELS; level++) {
		const struct series_row *row = &s.pyramid->rows[level];

		assert_true(row->n >= 1 && row->n <= SERIES_ROW);
		for (uint32_t i = 1; i < row->n; i++)
			assert_true(row->index[i] > row->index[i - 1]);
	}
	series_free(&s);
}

static void remembers_what_came_back(void **state)
{
	struct series s = {};
	const struct series_row *row;

	(void)state;
	for (uint64_t t = 1; t < 2000; t++) /* a sawtooth of 64 s and 640 descriptors */
		assert_true(series_add(&s, t * SECOND, (uint32_t)(t % 64) * 10, 8) >= 0);
	row = &s.pyramid->rows[2];
	assert_true(row->far_swing > 500);
	assert_true(s.pyramid->rows[8].far_swing < 10); /* floors of minutes are flat */
	series_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_stays_small),
		cmocka_unit_test(waking_keeps_the_past),
		cmocka_unit_test(rows_hold_least_and_greatest),
		cmocka_unit_test(rows_stay_sorted_over_gaps),
		cmocka_unit_test(remembers_what_came_back),
	};

	return RUN_TESTS(tests);
}
