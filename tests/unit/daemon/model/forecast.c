// SPDX-License-Identifier: BSD-2-Clause
#include "model/forecast.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

#define SECOND 1000000ULL
#define LIMIT 1024
#define DAY 86400

struct seen {
	enum process_state worst, last;
	double first_warning; /* seconds; NAN: none */
	double eta_half;      /* the forecast at half of the run */
	double low_half, high_half;
};

static int add(struct forecast *f, uint64_t t, uint32_t live, uint64_t limit)
{
	struct forecast_sample sample = {.t = t, .live = live, .limit = limit};

	return forecast_add(f, &sample, NULL);
}

/* What a process does at second t, in parts of its limit. */
typedef double (*behaviour)(double t);

static struct seen run(behaviour live, double seconds, double step, double shift, uint32_t limit)
{
	struct forecast *f = forecast_new();
	struct seen seen = {.first_warning = NAN, .eta_half = NAN};

	assert_non_null(f);
	for (double t = 0; t <= seconds; t += step) {
		double part = live(t);
		struct forecast_eta eta;

		part = part > 1 ? 1 : part;
		assert_int_equal(
			add(f, (uint64_t)((t + shift + 1) * 1e6), (uint32_t)(part * limit), limit),
			0);
		seen.last = forecast_state(f);
		if (seen.last > seen.worst)
			seen.worst = seen.last;
		if (seen.last >= STATE_WARNING && isnan(seen.first_warning))
			seen.first_warning = t;
		eta = forecast_eta(f);
		if (t <= seconds / 2) {
			seen.eta_half = eta.eta;
			seen.low_half = eta.low;
			seen.high_half = eta.high;
		}
		assert_true(forecast_bytes(f) <= 16384);
	}
	forecast_free(f);
	return seen;
}

static double fast_leak(double t)
{
	return 0.02 + 0.98 * t / 20;
}

static double hour_leak(double t)
{
	return t < 3600 ? 0.1 : 0.1 + 0.9 * (t - 3600) / 3600;
}

static double days_leak(double t)
{
	return 0.05 + 0.95 * t / (4.0 * DAY);
}

static double flat(double t)
{
	(void)t;
	return 0.4;
}

static double high(double t)
{
	return 0.9 + 0.01 * sin(t * 0.7);
}

static double sawtooth(double t)
{
	return 0.1 + 0.5 * fmod(t, 300) / 300;
}

static double daily(double t)
{
	return 0.4 - 0.3 * cos(2 * M_PI * t / DAY);
}

static double pool(double t)
{
	return 0.05 + 0.6 * (1 - exp(-t / 200));
}

static double three_steps(double t)
{
	return 0.1 + 0.2 * ((t > 500) + (t > 1500) + (t > 2400));
}

static void tells_a_leak_of_seconds(void **state)
{
	struct seen s = run(fast_leak, 20, 1, 0, LIMIT);

	(void)state;
	assert_int_equal(s.last, STATE_EXHAUSTED);
	assert_true(s.first_warning <= 15);
	assert_true(s.eta_half > 5 && s.eta_half < 20);
}

static void tells_a_leak_of_an_hour(void **state)
{
	struct seen s = run(hour_leak, 7200, 1, 0, LIMIT);

	(void)state;
	assert_int_equal(s.worst, STATE_EXHAUSTED);
	assert_true(s.first_warning > 3600 + 1800 && s.first_warning <= 3600 + 2700);
}

static void tells_a_leak_of_days(void **state)
{
	struct seen s = run(days_leak, 4 * DAY, 60, 0, 65536);

	(void)state;
	assert_true(s.first_warning <= 4 * DAY - 6 * 3600);
	assert_true(s.first_warning >= 4 * DAY - 12 * 3600);
	assert_true(s.eta_half > DAY && s.eta_half < 4 * DAY);
	assert_true(s.low_half <= s.eta_half && s.eta_half <= s.high_half);
}

static const struct {
	behaviour live;
	double seconds, step;
} healthy[] = {
	{flat, 5000, 1},        {high, 5000, 1}, {sawtooth, 20000, 1},
	{daily, 6.0 * DAY, 60}, {pool, 3000, 1}, {three_steps, 4000, 1},
};
#define HEALTHY (sizeof(healthy) / sizeof(healthy[0]))

static void healthy_is_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEALTHY; i++)
		assert_true(
			run(healthy[i].live, healthy[i].seconds, healthy[i].step, 0, LIMIT).worst <=
			STATE_GROWING);
}

static void shifted_in_time_stays_healthy(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEALTHY; i++) {
		for (double shift = 17; shift < 1e8; shift *= 2300)
			assert_true(run(healthy[i].live, healthy[i].seconds, healthy[i].step, shift,
					LIMIT)
					    .worst <= STATE_GROWING);
	}
}

static void scaled_stays_healthy(void **state)
{
	static const uint32_t limits[] = {256, 4096, 65536, 1048576};

	(void)state;
	for (size_t i = 0; i < HEALTHY; i++) {
		for (size_t l = 0; l < sizeof(limits) / sizeof(limits[0]); l++)
			assert_true(run(healthy[i].live, healthy[i].seconds, healthy[i].step, 0,
					limits[l])
					    .worst <= STATE_GROWING);
	}
}

static void resampled_stays_healthy(void **state)
{
	static const double factors[] = {0.5, 2, 3.7, 5};

	(void)state;
	for (size_t i = 0; i < HEALTHY; i++) {
		for (size_t k = 0; k < sizeof(factors) / sizeof(factors[0]); k++)
			assert_true(run(healthy[i].live, healthy[i].seconds,
					healthy[i].step * factors[k], 0, LIMIT)
					    .worst <= STATE_GROWING);
	}
}

/* Surges of 0.4 for 20 s each quarter of an hour; what they stand on goes up by a half. */
static double surges(double t)
{
	return (t < 4 * 3600 + 60 ? 0.15 : 0.65) + (fmod(t, 900) < 20 ? 0.4 : 0);
}

static double surges_low(double t)
{
	return (t < 4 * 3600 ? 0.15 : 0.5) + (fmod(t, 900) < 20 ? 0.4 : 0);
}

static double one_surge(double t)
{
	return (t < 4 * 3600 ? 0.15 : 0.65) + (t > 7200 && t < 7220 ? 0.4 : 0);
}

/* High, and twice in an hour down for half a minute: what came back up is no surge. */
static double dips(double t)
{
	return t < 4 * 3600 && fmod(t, 1800) < 30 ? 0.1 : 0.85;
}

static void warns_where_its_usual_surges_would_reach_the_limit(void **state)
{
	struct seen s = run(surges, 4 * 3600 + 890, 1, 0, LIMIT);

	(void)state;
	assert_int_equal(s.worst, STATE_WARNING);
	assert_true(s.first_warning > 4 * 3600 && s.first_warning < 4 * 3600 + 400);
	assert_true(run(surges_low, 6 * 3600, 1, 0, LIMIT).worst <= STATE_GROWING);
	assert_true(run(one_surge, 6 * 3600, 1, 0, LIMIT).worst <= STATE_GROWING);
	assert_true(run(dips, 6 * 3600, 1, 0, LIMIT).worst <= STATE_GROWING);
	assert_true(run(high, 6 * 3600, 1, 0, LIMIT).worst <= STATE_GROWING);
}

/*
 * From 30 to 800 descriptors within 600 s from 300 s on: by ever more requests of half a second
 * each, or by requests that stay as many and leave some open.
 */
static enum process_state worst_with_totals(bool load, bool known)
{
	struct forecast *f = forecast_new();
	enum process_state worst = STATE_OK;
	double closed = 0;

	for (uint32_t t = 1; t < 900; t++) {
		double live = t < 300 ? 30 : 30 + (t - 300) * 770.0 / 600;
		struct forecast_sample s = {.t = t * SECOND,
					    .live = (uint32_t)live,
					    .limit = LIMIT,
					    .totals_known = known};

		closed += load ? 2 * live : 60;
		s.closed = (uint64_t)closed;
		s.opened = s.closed + s.live;
		assert_int_equal(forecast_add(f, &s, NULL), 0);
		if (forecast_state(f) > worst)
			worst = forecast_state(f);
		assert_true(forecast_bytes(f) <= 16384);
	}
	forecast_free(f);
	return worst;
}

static void load_by_its_totals_is_no_leak(void **state)
{
	(void)state;
	assert_true(worst_with_totals(true, false) >= STATE_WARNING);
	assert_true(worst_with_totals(false, true) >= STATE_WARNING);
	assert_true(worst_with_totals(true, true) <= STATE_GROWING);
}

static void no_limit_no_forecast(void **state)
{
	struct forecast *f = forecast_new();

	(void)state;
	for (uint32_t t = 1; t < 500; t++)
		assert_int_equal(add(f, t * SECOND, t * 100, LIMIT_INFINITY), 0);
	assert_int_equal(forecast_state(f), STATE_OK);
	assert_true(isnan(forecast_eta(f).eta));
	assert_true(isnan(forecast_growth(f)));
	forecast_free(f);
}

static void a_raised_limit_calms(void **state)
{
	struct forecast *f = forecast_new();
	uint32_t t = 1;

	(void)state;
	for (; t < 900; t++)
		assert_int_equal(add(f, t * SECOND, t, LIMIT), 0);
	assert_true(forecast_state(f) >= STATE_WARNING);
	for (; t < 910; t++)
		assert_int_equal(add(f, t * SECOND, t, 65536), 0);
	assert_true(forecast_state(f) <= STATE_GROWING);
	assert_float_equal(forecast_growth(f), 1, 0.2);
	forecast_free(f);
}

static void exhausted_at_the_limit(void **state)
{
	struct forecast *f = forecast_new();

	(void)state;
	assert_int_equal(add(f, SECOND, 10, 10), 0);
	assert_int_equal(forecast_state(f), STATE_EXHAUSTED);
	assert_float_equal(forecast_eta(f).eta, 0, 0);
	assert_int_equal(add(f, 2 * SECOND, 9, 10), 0);
	assert_int_equal(forecast_state(f), STATE_OK);
	forecast_free(f);
}

static void quiet_takes_little(void **state)
{
	struct forecast *f = forecast_new();

	(void)state;
	for (uint32_t t = 1; t < 10000; t++)
		assert_int_equal(add(f, t * SECOND, 40 + t % 3, LIMIT), 0);
	assert_true(forecast_bytes(f) <= 2048);
	forecast_free(f);
	forecast_free(NULL);
}

static enum process_state with(const struct alarm_thresholds *thresholds, uint32_t live)
{
	struct forecast *f = forecast_new();
	enum process_state state;

	for (uint32_t t = 1; t < 300; t++) {
		struct forecast_sample sample = {.t = t * SECOND, .live = live, .limit = LIMIT};

		assert_int_equal(forecast_add(f, &sample, thresholds), 0);
	}
	state = forecast_state(f);
	forecast_free(f);
	return state;
}

static void levels_are_honoured(void **state)
{
	static const struct alarm_thresholds levels = {.warning.level = 0.5, .critical.level = 0.9};

	(void)state;
	assert_int_equal(with(&levels, 511), STATE_OK);
	assert_int_equal(with(&levels, 512), STATE_WARNING);
	assert_int_equal(with(&levels, 922), STATE_CRITICAL);
	assert_int_equal(with(NULL, 1000), STATE_OK);
}

/* A leak of 1,000 s: seconds before its end that its alarm began; NAN: it did not. */
static double lead_with(const struct alarm_thresholds *thresholds, enum process_state least)
{
	struct forecast *f = forecast_new();
	double lead = NAN;

	for (uint32_t t = 1; t < 1000 && isnan(lead); t++) {
		struct forecast_sample s = {
			.t = t * SECOND, .live = t * LIMIT / 1000, .limit = LIMIT};

		assert_int_equal(forecast_add(f, &s, thresholds), 0);
		if (forecast_state(f) >= least)
			lead = 1000 - t;
	}
	forecast_free(f);
	return lead;
}

static void times_are_honoured(void **state)
{
	static const struct alarm_thresholds times = {.warning.seconds = 500,
						      .critical.seconds = 200};
	static const struct alarm_thresholds off = {.warning.level = 1, .critical.level = 1};

	(void)state;
	assert_float_equal(lead_with(&times, STATE_WARNING), 500, 50);
	assert_float_equal(lead_with(&times, STATE_CRITICAL), 200, 20);
	assert_true(isnan(lead_with(&off, STATE_WARNING)));
}

static struct forecast *saved_and_restored(struct forecast *f, uint8_t *bytes, size_t *size)
{
	*size = forecast_save(f, bytes, FORECAST_SAVED_MAX);
	assert_true(*size > 0 && *size <= FORECAST_SAVED_MAX);
	forecast_free(f);
	f = forecast_restore(bytes, *size);
	assert_non_null(f);
	return f;
}

/* Half of the trace, the bytes, the other half: as if nothing had been between. */
static void goes_on_as_saved(void **state)
{
	static uint8_t bytes[FORECAST_SAVED_MAX];
	behaviour lives[] = {hour_leak, flat, sawtooth};
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct forecast *whole = forecast_new(), *parted = forecast_new();

		for (uint32_t t = 1; t < 7000; t++) {
			uint32_t live = (uint32_t)(lives[i](t) * 65536);

			if (t == 6000 || t == 6500)
				parted = saved_and_restored(parted, bytes, &size);
			assert_int_equal(add(whole, t * SECOND, live, 65536), 0);
			assert_int_equal(add(parted, t * SECOND, live, 65536), 0);
		}
		assert_int_equal(forecast_state(whole), forecast_state(parted));
		if (forecast_eta(whole).eta < 1e6)
			assert_float_equal(forecast_eta(parted).eta, forecast_eta(whole).eta,
					   forecast_eta(whole).eta / 20);
		forecast_free(whole);
		forecast_free(parted);
	}
}

static void restores_no_broken_bytes(void **state)
{
	static uint8_t bytes[FORECAST_SAVED_MAX];
	struct forecast *f = forecast_new();
	size_t size;

	(void)state;
	assert_int_equal(forecast_save(f, bytes, sizeof(bytes)), 0);
	for (uint32_t t = 1; t < 300; t++)
		assert_int_equal(add(f, t * SECOND, t, LIMIT), 0);
	assert_int_equal(forecast_save(f, bytes, 500), 0);
	f = saved_and_restored(f, bytes, &size);
	forecast_free(f);
	for (size_t cut = 0; cut < size; cut++)
		assert_null(forecast_restore(bytes, cut));
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0x40;
		assert_null(forecast_restore(bytes, size));
		bytes[i] ^= 0x40;
	}
}

/* Opens 50 a second under a limit of 1,024 until there are none left at 20 s. */
static struct forecast_sample python_leak(double t)
{
	struct forecast_sample s = {
		.t = (uint64_t)(t * 1e6),
		.live = 6 + (uint32_t)(t * 50.9),
		.limit = LIMIT,
		.totals_known = true,
	};

	s.opened = s.live + 20; /* what starting took, and closed again */
	s.closed = 20;
	return s;
}

/* Seconds before the limit that a warning came and stayed; polls from `from` on. */
static double warned_from(struct forecast *f, double from)
{
	double since = NAN, t = from;

	for (; t < 19.9; t += 1) {
		struct forecast_sample s = python_leak(t);

		assert_int_equal(forecast_add(f, &s, NULL), 0);
		if (forecast_state(f) < STATE_WARNING)
			since = NAN;
		else if (isnan(since))
			since = t;
	}
	forecast_free(f);
	return 20 - since;
}

static void a_leak_of_20_seconds_is_told_4_before(void **state)
{
	(void)state;
	for (double phase = 0.05; phase < 1; phase += 0.1)
		assert_true(warned_from(forecast_new(), phase) >= 4);
}

/* Killed at 10 s, back half a second later with what was saved up to 2 s before. */
static void and_over_a_kill_with_what_was_saved(void **state)
{
	static uint8_t bytes[FORECAST_SAVED_MAX];

	(void)state;
	for (double phase = 0.05; phase < 1; phase += 0.1) {
		for (double lost = 0; lost <= 2; lost++) {
			struct forecast *f = forecast_new();
			size_t size;

			for (double t = phase; t < 10 - lost; t++) {
				struct forecast_sample s = python_leak(t);

				assert_int_equal(forecast_add(f, &s, NULL), 0);
			}
			f = saved_and_restored(f, bytes, &size);
			assert_true(warned_from(f, 10.5) >= 4);
		}
	}
}

static void and_with_no_history_but_totals(void **state)
{
	(void)state;
	assert_true(warned_from(forecast_new(), 10.5) >= 4);
}

/* A pool that has filled before anybody watched; another that closes as much as it opens. */
static void a_life_without_growth_is_well(void **state)
{
	struct forecast *filled = forecast_new(), *busy = forecast_new();

	(void)state;
	for (uint32_t t = 10; t < 40; t++) {
		struct forecast_sample s = {.t = t * SECOND, .live = 800, .limit = LIMIT};

		s.totals_known = true;
		s.opened = 820;
		s.closed = 20;
		assert_int_equal(forecast_add(filled, &s, NULL), 0);
		s.live += t;
		s.opened = 5000 + s.live;
		s.closed = 5000;
		assert_int_equal(forecast_add(busy, &s, NULL), 0);
	}
	assert_true(forecast_state(filled) < STATE_WARNING);
	assert_true(forecast_state(busy) < STATE_WARNING);
	forecast_free(filled);
	forecast_free(busy);
}

static void a_wary_rule_is_earlier(void **state)
{
	static const struct alarm_thresholds wary = {.sensitivity = 2}, bold = {.sensitivity = 0.7};
	double own = lead_with(NULL, STATE_WARNING);

	(void)state;
	assert_true(lead_with(&wary, STATE_WARNING) > own + 100);
	assert_true(lead_with(&bold, STATE_WARNING) < own - 20);
}

/* Anything that a kernel could say; under sanitizers it shows what arithmetic can't bear. */
static void survives_anything(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 60; round++) {
		struct forecast *f = forecast_new();
		uint64_t t = 1 + (uint64_t)rand();

		for (int i = 0; i < 300; i++) {
			uint64_t limit = rand() % 20 ? (uint64_t)rand() % 5000
						     : LIMIT_INFINITY - (uint64_t)(rand() % 2);

			t += rand() % 3 ? (uint64_t)(rand() % 3000000)
					: (uint64_t)rand() * (uint64_t)(rand() % 5000);
			assert_int_equal(add(f, t,
					     rand() % 30 ? (uint32_t)(rand() % 6000) : UINT32_MAX,
					     limit),
					 0);
			assert_true(forecast_state(f) < STATE_COUNT);
			assert_false(forecast_eta(f).eta < 0);
		}
		forecast_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_a_leak_of_seconds),
		cmocka_unit_test(tells_a_leak_of_an_hour),
		cmocka_unit_test(tells_a_leak_of_days),
		cmocka_unit_test(healthy_is_well),
		cmocka_unit_test(shifted_in_time_stays_healthy),
		cmocka_unit_test(scaled_stays_healthy),
		cmocka_unit_test(resampled_stays_healthy),
		cmocka_unit_test(warns_where_its_usual_surges_would_reach_the_limit),
		cmocka_unit_test(load_by_its_totals_is_no_leak),
		cmocka_unit_test(no_limit_no_forecast),
		cmocka_unit_test(a_raised_limit_calms),
		cmocka_unit_test(exhausted_at_the_limit),
		cmocka_unit_test(goes_on_as_saved),
		cmocka_unit_test(restores_no_broken_bytes),
		cmocka_unit_test(a_leak_of_20_seconds_is_told_4_before),
		cmocka_unit_test(and_over_a_kill_with_what_was_saved),
		cmocka_unit_test(and_with_no_history_but_totals),
		cmocka_unit_test(a_life_without_growth_is_well),
		cmocka_unit_test(a_wary_rule_is_earlier),
		cmocka_unit_test(levels_are_honoured),
		cmocka_unit_test(times_are_honoured),
		cmocka_unit_test(quiet_takes_little),
		cmocka_unit_test(survives_anything),
	};

	return RUN_TESTS(tests);
}
