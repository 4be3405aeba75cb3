// SPDX-License-Identifier: BSD-2-Clause
#include "model/choose.h"

#include "check.h"

#define SECOND 1000000ULL
#define LIMIT 1024

static struct series_pyramid pyramid;
static struct series series;
static struct outlook outlooks[OUTLOOKS];
static struct alarm_thresholds thresholds;

/* A process that grew from 24 to 524 in 1,000 s, and one outlook that says so. */
static struct outlook *begin(size_t which, float eta)
{
	series = (struct series){.first = SECOND,
				 .last = 1000 * SECOND,
				 .previous = 999 * SECOND,
				 .live = 524,
				 .pyramid = &pyramid};
	thresholds = (struct alarm_thresholds){};
	for (size_t i = 0; i < OUTLOOKS; i++)
		outlooks[i] = (struct outlook){};
	outlooks[which] = (struct outlook){
		.at = series.last,
		.until = series.last + SECOND,
		.trend = {.elapsed = 1000,
			  .base = 24,
			  .growth = 500,
			  .fit = 0.95F,
			  .points = 20,
			  .spread = 7,
			  .eta = eta,
			  .eta_low = eta * 0.9F,
			  .eta_high = eta * 1.1F,
			  .warning_in = eta - 400,
			  .critical_in = eta - 100},
		.worth = 1,
		.evident = true,
		.unusual = true,
		.steady = true,
		.alarming = true,
		.whole = true,
	};
	return &outlooks[which];
}

static struct alarm_evidence evidence(void)
{
	struct alarm_evidence e = {};

	choose_outlook(outlooks, &series, LIMIT, NULL, &thresholds, &e);
	return e;
}

static void warns_when_it_is_near(void **state)
{
	(void)state;
	begin(8, 450);
	assert_true(evidence().warning && !evidence().critical && evidence().growing);
	begin(8, 600);
	assert_true(!evidence().warning && evidence().growing);
	begin(8, 90);
	assert_true(evidence().warning && evidence().critical);
}

/* What is known well can wait for nearly half of its time; what is not, can't. */
static void the_less_is_known_the_earlier(void **state)
{
	struct outlook *o = begin(8, 600);

	(void)state;
	o->trend.eta_low = 200;
	assert_true(evidence().warning);
	o->trend.eta_low = 500;
	assert_false(evidence().warning);
}

/* A Monday's rise: coarse rows find it new, and finer ones have seen it come back. */
static void what_most_have_seen_come_back_is_well(void **state)
{
	(void)state;
	begin(8, 300);
	outlooks[6] = outlooks[8];
	outlooks[6].alarming = outlooks[6].steady = outlooks[6].unusual = false;
	assert_true(evidence().warning); /* as much came back before, though not as high */
	outlooks[6].familiar = true;
	assert_false(evidence().warning);
	outlooks[6].worth = 0.2F; /* one that knows little */
	assert_true(evidence().warning);
}

/* A finer outlook of either kind, on the same growth, that says it is not time. */
static void the_finer_knows_better(void **state)
{
	(void)state;
	for (size_t finer = 6; finer < 8; finer++) {
		begin(8, 300);
		outlooks[finer] = outlooks[8];
		outlooks[finer].alarming = false;
		outlooks[finer].trend.points = 35;
		assert_true(evidence().warning);
		outlooks[finer].trend.warning_in = 500;
		assert_false(evidence().warning);
	}
}

static void fixed_times_are_by_what_is_told(void **state)
{
	(void)state;
	begin(8, 600);
	thresholds.warning.seconds = 650;
	thresholds.critical.seconds = 500;
	assert_true(evidence().warning && !evidence().critical);
	begin(8, 450);
	thresholds.warning.level = 0.9; /* and never by time */
	thresholds.critical.level = 0.9;
	assert_true(!evidence().warning && !evidence().critical);
}

static void what_fell_back_is_no_growth(void **state)
{
	(void)state;
	begin(8, 300);
	series.live = 480;
	assert_false(evidence().warning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_when_it_is_near),
		cmocka_unit_test(the_less_is_known_the_earlier),
		cmocka_unit_test(what_most_have_seen_come_back_is_well),
		cmocka_unit_test(the_finer_knows_better),
		cmocka_unit_test(fixed_times_are_by_what_is_told),
		cmocka_unit_test(what_fell_back_is_no_growth),
	};

	return RUN_TESTS(tests);
}
