// SPDX-License-Identifier: BSD-2-Clause
#include "model/peaks.h"

#include <math.h>

#include "check.h"
#include "model/forecast.h"

#define SECOND 1000000ULL
#define LIMIT 1024
#define LIFE 4000 /* seconds */

/* What has gathered until a collector closes it, by turns that take `longer` each time. */
struct garbage {
	double from, turn, longer;
};

static uint32_t gathered(struct garbage *g, double t)
{
	if (t - g->from >= g->turn) {
		g->from += g->turn;
		g->turn *= g->longer;
	}
	return 20 + (uint32_t)(t - g->from);
}

static bool grows(struct garbage *g, unsigned int level)
{
	struct series s = {};
	const struct series_row *row;
	bool result;

	for (uint32_t t = 0; t < LIFE; t++)
		assert_true(series_add(&s, (t + 1) * SECOND, gathered(g, t), 8) >= 0);
	row = &s.pyramid->rows[level];
	result = peaks_grow(row, 0, LIMIT);
	if (result) {
		struct trend_window w = {.now = (float)LIFE / (float)(1 << level) -
						(float)row->index[0]};

		peaks_window(&w, row, 0);
		assert_true(w.n > 0 && w.n == w.tops);
		assert_true(w.low[w.n - 1] > w.low[0] && w.at[w.n - 1] <= w.now);
	}
	series_free(&s);
	return result;
}

static void ever_higher_peaks_grow(void **state)
{
	(void)state;
	assert_true(grows(&(struct garbage){.turn = 200, .longer = 1.15}, 7));
}

static void peaks_lower_than_before_do_not(void **state)
{
	(void)state;
	assert_false(grows(&(struct garbage){.turn = 600, .longer = 0.93}, 7));
}

static void one_that_never_goes_back_is_no_peak(void **state)
{
	(void)state;
	assert_false(grows(&(struct garbage){.turn = 2 * LIFE, .longer = 1}, 7));
}

/* The state that it comes to, and seconds before the limit that a warning came; 0: none did. */
static double warned(struct garbage *g)
{
	struct forecast *f = forecast_new();
	double since = 0, t = 0;

	assert_non_null(f);
	for (; t < 20 * LIFE; t++) {
		struct forecast_sample sample = {
			.t = (uint64_t)(t + 1) * SECOND, .live = gathered(g, t), .limit = LIMIT};

		if (sample.live >= LIMIT)
			break;
		assert_int_equal(forecast_add(f, &sample, NULL), 0);
		if (forecast_state(f) < STATE_WARNING)
			since = 0;
		else if (since <= 0)
			since = t;
	}
	forecast_free(f);
	return since > 0 ? t - since : 0;
}

/* All of it takes 9,200 s, and the last peak alone 1,024. */
static void a_collector_that_comes_ever_more_rarely_is_told_of(void **state)
{
	(void)state;
	assert_in_range((int)warned(&(struct garbage){.turn = 200, .longer = 1.12}), 2300, 5000);
}

static void one_that_comes_in_time_is_not(void **state)
{
	(void)state;
	assert_int_equal((int)warned(&(struct garbage){.turn = 600, .longer = 1}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ever_higher_peaks_grow),
		cmocka_unit_test(peaks_lower_than_before_do_not),
		cmocka_unit_test(one_that_never_goes_back_is_no_peak),
		cmocka_unit_test(a_collector_that_comes_ever_more_rarely_is_told_of),
		cmocka_unit_test(one_that_comes_in_time_is_not),
	};

	return RUN_TESTS(tests);
}
