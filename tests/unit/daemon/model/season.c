// SPDX-License-Identifier: BSD-2-Clause
#include "model/season.h"

#include <math.h>

#include "check.h"

#define DAY 21.1F /* points of a row of 68 minutes */

static struct season season;
static float at[SERIES_ROW], load[SERIES_ROW], ramp[SERIES_ROW];

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < SERIES_ROW; i++) {
		at[i] = (float)i;
		load[i] = 500 + 200 * sinf(2 * (float)M_PI * ((float)i / DAY + 0.3F)) +
			  50 * cosf(4 * (float)M_PI * (float)i / DAY);
		ramp[i] = i < 15 ? 0 : (float)(i - 15);
	}
	season_make(&season, at, SERIES_ROW, DAY);
	return 0;
}

static void a_load_is_taken_out(void **state)
{
	float rest[SERIES_ROW];

	(void)state;
	assert_int_equal(season.columns, SEASON_COLUMNS);
	season_remove(&season, load, rest);
	for (int i = 0; i < SERIES_ROW; i++)
		assert_float_equal(rest[i], 0, 0.1);
}

static void growth_stays(void **state)
{
	float rest[SERIES_ROW], whole = 0, left = 0;

	(void)state;
	season_remove(&season, ramp, rest);
	for (int i = 0; i < SERIES_ROW; i++) {
		whole += ramp[i] * ramp[i];
		left += rest[i] * rest[i];
	}
	assert_true(left > 0.02F * whole);
}

static void waves_have_no_mean(void **state)
{
	float waves[SERIES_ROW];

	(void)state;
	season_waves(&season, load, waves);
	for (int i = 0; i < SERIES_ROW; i++)
		assert_float_equal(load[i] - waves[i], load[0] - waves[0], 0.5);
}

/* Three points can't tell five columns apart: what they tell already is left out. */
static void few_points_few_columns(void **state)
{
	struct season few;

	(void)state;
	season_make(&few, at, 3, DAY);
	assert_true(few.columns <= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_load_is_taken_out, set_up),
		cmocka_unit_test_setup(growth_stays, set_up),
		cmocka_unit_test_setup(waves_have_no_mean, set_up),
		cmocka_unit_test(few_points_few_columns),
	};

	return RUN_TESTS(tests);
}
