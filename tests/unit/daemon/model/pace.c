// SPDX-License-Identifier: BSD-2-Clause
#include "model/pace.h"

#include <math.h>

#include "check.h"

#define SECOND 1000000ULL
#define LIMIT 1024
#define LIFE 1600 /* seconds */

/* Seconds that are left after a life of live(t). */
static double left(double (*live)(uint32_t t), uint32_t life)
{
	struct series s = {};
	double eta;

	for (uint32_t t = 0; t < life; t++)
		assert_true(series_add(&s, (t + 1) * SECOND, (uint32_t)live(t), 8) >= 0);
	assert_non_null(s.pyramid);
	eta = pace_eta(&s, LIMIT);
	series_free(&s);
	return eta;
}

static double steady(uint32_t t)
{
	return 20 + 0.4 * t;
}

/* 80 at once, each 200 s. */
static double bursts(uint32_t t)
{
	return 20 + 80.0 * (t / 200);
}

/* 0.2 a second, and four times as much from 1,000 s on. */
static double faster(uint32_t t)
{
	return 20 + 0.2 * t + (t > 1000 ? 0.6 * (t - 1000) : 0);
}

static double after_a_plateau(uint32_t t)
{
	return 20 + (t > 1200 ? 0.8 * (t - 1200) : 0);
}

/* Under a sawtooth of 300 that is closed each 50 s. */
static double below_a_sawtooth(uint32_t t)
{
	return steady(t) + t % 50 * 6;
}

static double comes_and_goes(uint32_t t)
{
	return 20 + t % 100;
}

static void within(double eta, double expected, double part)
{
	assert_true(eta > expected * (1 - part) && eta < expected * (1 + part));
}

static void it_goes_on_as_it_is(void **state)
{
	(void)state;
	within(left(steady, LIFE), (LIMIT - steady(LIFE)) / 0.4, 0.1);
	within(left(below_a_sawtooth, LIFE), (LIMIT - steady(LIFE)) / 0.4, 0.2);
}

static void bursts_come_by_their_mean(void **state)
{
	const uint32_t just_after = LIFE - 195;

	(void)state;
	within(left(bursts, LIFE), (LIMIT - bursts(LIFE)) / 0.4, 0.25);
	within(left(bursts, just_after), (LIMIT - bursts(just_after)) / 0.4, 0.25);
}

static void what_has_become_faster_is_nearer(void **state)
{
	double now = (LIMIT - faster(LIFE)) / 0.8, all = (LIMIT - faster(LIFE)) / 0.425;
	double eta = left(faster, LIFE);

	(void)state;
	assert_true(eta > now && eta < (now + all) / 2); /* its pace may change again */
}

static void what_was_before_it_began_does_not_count(void **state)
{
	(void)state;
	within(left(after_a_plateau, LIFE), (LIMIT - after_a_plateau(LIFE)) / 0.8, 0.15);
}

static void nothing_is_told_of_what_does_not_grow(void **state)
{
	(void)state;
	assert_true(isinf(left(comes_and_goes, LIFE + 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_on_as_it_is),
		cmocka_unit_test(bursts_come_by_their_mean),
		cmocka_unit_test(what_has_become_faster_is_nearer),
		cmocka_unit_test(what_was_before_it_began_does_not_count),
		cmocka_unit_test(nothing_is_told_of_what_does_not_grow),
	};

	return RUN_TESTS(tests);
}
