// SPDX-License-Identifier: BSD-2-Clause
#include "model/trend.h"

#include <math.h>

#include "check.h"

#define POINTS 40

static float line(float t)
{
	return t < 10 ? 100 : 100 + 20 * (t - 10);
}

static float square(float t)
{
	return 100 + 0.5F * t * t;
}

static float twice_every_eight(float t)
{
	return 100 + 10 * exp2f(t / 8);
}

static float stopped(float t)
{
	return 100 + 20 * fminf(t, 25);
}

static float stop_at, swing;

static float stopped_then(float t)
{
	return 100 + 10 * fminf(t, stop_at) + swing * sinf(t * 2);
}

/* A jump at last, as growth at random times has them. */
static float strayed(float t)
{
	return 100 + 20 * t + (t > 36 ? 80 * (t - 36) : 0);
}

static float step(float t)
{
	return t < 20 ? 100 : 500;
}

static float falling(float t)
{
	return 1000 - 10 * t;
}

/* A window of what the process does in POINTS buckets. */
static bool fit(float (*live)(float t), float limit, struct trend *trend)
{
	struct trend_window w = {
		.n = POINTS,
		.tops = POINTS,
		.now = POINTS,
		.limit = limit,
		.lead = 1.0F / 3,
		.lead_most = 1e6F,
		.final_most = 1e6F,
		.nights = 1e6F,
	};

	for (int i = 0; i < POINTS; i++) {
		w.at[i] = (float)i;
		w.low[i] = floorf(fminf(live((float)i), live((float)i + 1)));
		w.top_at[i] = (float)i + 1;
		w.top[i] = floorf(fmaxf(live((float)i), live((float)i + 1)));
	}
	return trend_fit(&w, trend);
}

static void straight(void **state)
{
	struct trend t;

	(void)state;
	assert_true(fit(line, 1000, &t));
	assert_float_equal(t.eta, 15, 0.1); /* 700 now, 20 a bucket */
	assert_float_equal(t.elapsed, 30, 0.2);
	assert_float_equal(t.base, 100, 4);
	assert_true(t.fit > 0.99F);
	assert_true(t.spread > 6.5F);
	assert_true(t.eta_low <= t.eta && t.eta <= t.eta_high);
	assert_float_equal(t.warning_in, 3.75, 0.1); /* at a quarter: 11 of 45 left */
	assert_true(t.critical_in > t.warning_in);
}

static void bent(void **state)
{
	struct trend t;

	(void)state;
	assert_true(fit(square, 2400, &t)); /* 900 now; met at 67.8 */
	assert_true(t.eta > 20 && t.eta < 40);
	assert_true(fit(twice_every_eight, 1380, &t)); /* 420 now; met at 56 */
	assert_true(t.eta > 11 && t.eta < 23);
}

static void ended(void **state)
{
	struct trend t;

	(void)state;
	assert_true(fit(stopped, 1000, &t));
	assert_true(isinf(t.eta));
	assert_true(isinf(t.warning_in));
}

static void the_interval_holds_the_estimate(void **state)
{
	int told = 0;

	(void)state;
	for (swing = 0.5F; swing <= 64; swing *= 2) {
		for (stop_at = 15; stop_at < POINTS; stop_at += 0.25F) {
			struct trend t;

			if (!fit(stopped_then, 900, &t))
				continue;
			assert_true(t.eta_low <= t.eta && t.eta <= t.eta_high);
			told += isfinite(t.eta) && isinf(t.eta_high);
		}
	}
	assert_true(told > 50); /* most that may have stopped, and have a time beside that */
}

static void goes_on_from_where_it_is(void **state)
{
	struct trend t;

	(void)state;
	assert_true(fit(strayed, 1500, &t));
	assert_true(t.eta > 6 && t.eta < 16); /* 280 left, 28 a bucket; by the line alone 18 */
}

static void one_step_is_no_spread(void **state)
{
	struct trend t;

	(void)state;
	if (fit(step, 1000, &t))
		assert_true(t.spread < 2.5F);
}

static void falling_is_no_growth(void **state)
{
	struct trend t;

	(void)state;
	assert_false(fit(falling, 2000, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(straight),
		cmocka_unit_test(bent),
		cmocka_unit_test(ended),
		cmocka_unit_test(the_interval_holds_the_estimate),
		cmocka_unit_test(goes_on_from_where_it_is),
		cmocka_unit_test(one_step_is_no_spread),
		cmocka_unit_test(falling_is_no_growth),
	};

	return RUN_TESTS(tests);
}
