// SPDX-License-Identifier: BSD-2-Clause
#include "model/combine.h"

#include <math.h>

#include "check.h"
#include "model/forecast.h"

#define SECOND 1000000ULL
#define LIMIT 1024

static struct series_pyramid pyramid;
static struct series series;
static struct outlook outlooks[OUTLOOKS];

/* A process of 1,000 s that nothing has been seen of. */
static void begin(void)
{
	pyramid = (struct series_pyramid){};
	series = (struct series){.first = SECOND,
				 .last = 1000 * SECOND,
				 .previous = 999 * SECOND,
				 .live = 500,
				 .pyramid = &pyramid};
	for (size_t i = 0; i < OUTLOOKS; i++)
		outlooks[i] = (struct outlook){};
}

/* An outlook of now, or of some seconds ago. */
static void say(size_t which, float worth, float eta, float low, float high, float ago)
{
	outlooks[which] = (struct outlook){
		.at = series.last - (uint64_t)(ago * 1e6F),
		.until = series.last + SECOND,
		.trend = {.elapsed = 500, .eta = eta, .eta_low = low, .eta_high = high},
		.worth = worth,
		.evident = true,
	};
}

static struct forecast_eta combined(void)
{
	struct forecast_eta eta;

	combine_etas(outlooks, &series, LIMIT, &eta);
	return eta;
}

static void one_alone_is_as_it_is(void **state)
{
	struct forecast_eta eta;

	(void)state;
	begin();
	say(4, 0.7F, 200, 150, 300, 0);
	eta = combined();
	assert_float_equal(eta.eta, 200, 0.1);
	assert_float_equal(eta.low, 150, 0.1);
	assert_float_equal(eta.high, 300, 0.1);
	say(4, 0.7F, 200, 150, 300, 50); /* time has passed since */
	assert_float_equal(combined().eta, 150, 0.1);
}

static void two_meet_by_their_weight(void **state)
{
	struct forecast_eta eta;

	(void)state;
	begin();
	say(4, 1, 100, 100, 100, 0);
	say(7, 1, 400, 400, 400, 0);
	eta = combined();
	assert_float_equal(eta.eta, 200, 0.1);
	assert_true(eta.low < 170 && eta.high > 235); /* they disagree */
	say(7, 2, 400, 400, 400, 0);
	assert_float_equal(combined().eta, 100 * pow(4, 0.8), 0.1);
	outlooks[7].until = series.last - 1; /* too old to count */
	assert_float_equal(combined().eta, 100, 0.1);
}

static void what_should_have_come_says_nothing_more(void **state)
{
	(void)state;
	begin();
	say(4, 1, 100, 100, 100, 0);
	say(7, 1, 40, 30, 50, 60);
	assert_float_equal(combined().eta, 100, 0.1);
	outlooks[4].evident = false;
	assert_float_equal(combined().eta, 0, 0.1); /* unless there is nothing else */
	assert_float_equal(combined().high, 0, 0.1);
}

/* The moment before it is proved wrong. */
static void nor_much_just_before(void **state)
{
	(void)state;
	begin();
	say(4, 1, 1000, 1000, 1000, 0);
	say(7, 1, 60, 50, 70, 59.999F);
	assert_true(combined().eta > 70 && combined().eta < 71); /* as if 5 s were left */
}

static void never_where_hardly_any_sees_an_end(void **state)
{
	(void)state;
	begin();
	assert_true(isinf(combined().eta));
	say(4, 1, INFINITY, INFINITY, INFINITY, 0);
	assert_true(isinf(combined().eta) && isinf(combined().low) && isinf(combined().high));
	say(5, 0.2F, 300, 200, 400, 0); /* a twenty-sixth of the weight */
	assert_true(isinf(combined().eta));
	say(5, 0.5F, 300, 200, 400, 0); /* a fifth */
	assert_float_equal(combined().eta, 300, 0.1);
	assert_float_equal(combined().low, 200, 0.1);
	assert_true(isinf(combined().high)); /* most see none */
}

/* Its floors rose from 100 to 420 within 640 s: 1,208 s are left at that pace. */
static void live_so(void)
{
	struct series_row *row = &pyramid.rows[5];

	for (unsigned int i = 0; i < 5; i++) {
		pyramid.rows[i].n = SERIES_ROW;
		for (uint32_t k = 0; k < SERIES_ROW; k++)
			pyramid.rows[i].low[k] = 420;
	}
	row->n = 21;
	for (uint32_t i = 0; i < row->n; i++) {
		row->index[i] = i;
		row->low[i] = 100 + i * 16;
	}
}

static void the_whole_growth_counts_too(void **state)
{
	double eta;

	(void)state;
	begin();
	live_so();
	say(4, 1, 400, 400, 400, 0); /* by the growth as a whole it is some 1,200 s */
	eta = combined().eta;
	assert_true(eta > 550 && eta < 650);
	say(4, 1, 20, 20, 20, 0); /* and never draws it far */
	assert_true(combined().eta > 20 && combined().eta < 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_alone_is_as_it_is),
		cmocka_unit_test(two_meet_by_their_weight),
		cmocka_unit_test(what_should_have_come_says_nothing_more),
		cmocka_unit_test(nor_much_just_before),
		cmocka_unit_test(never_where_hardly_any_sees_an_end),
		cmocka_unit_test(the_whole_growth_counts_too),
	};

	return RUN_TESTS(tests);
}
