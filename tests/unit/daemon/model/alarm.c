// SPDX-License-Identifier: BSD-2-Clause
#include "model/alarm.h"

#include "check.h"

#define SECOND 1000000ULL

static const struct alarm_evidence nothing = {};
static const struct alarm_evidence growing = {
	.growing = true,
	.base = 100,
	.growth = 100,
	.elapsed = 100,
};
static const struct alarm_evidence warned = {
	.growing = true,
	.warning = true,
	.base = 100,
	.growth = 600,
	.elapsed = 100,
};
static const struct alarm_evidence last = {
	.growing = true,
	.warning = true,
	.critical = true,
	.base = 100,
	.growth = 600,
	.elapsed = 100,
};

static enum process_state after(struct alarm *a, const struct alarm_evidence *e, uint64_t second,
				uint32_t live)
{
	alarm_update(a, e, second * SECOND, live);
	return a->state;
}

static void refused(void **state)
{
	struct process process = {.exhausted_at = 5 * SECOND, .sample.soft_limit = 100};

	(void)state;
	assert_int_equal(alarm_state(&process, 6 * SECOND), STATE_EXHAUSTED);
	assert_int_equal(alarm_state(&process, 5 * SECOND + EXHAUSTED_FOR), STATE_OK);
	process.exhausted_at = 0;
	process.sample.fds = 99;
	assert_int_equal(alarm_state(&process, 6 * SECOND), STATE_OK);
	process.sample.fds = 100;
	assert_int_equal(alarm_state(&process, 6 * SECOND), STATE_EXHAUSTED);
	process.sample.soft_limit = 0; /* lowered on purpose */
	assert_int_equal(alarm_state(&process, 6 * SECOND), STATE_OK);
	process.exhausted_at = 5 * SECOND;
	assert_int_equal(alarm_state(&process, 6 * SECOND), STATE_EXHAUSTED);
}

static void growing_comes_and_goes(void **state)
{
	struct alarm a = {};

	(void)state;
	assert_int_equal(after(&a, &nothing, 1, 100), STATE_OK);
	assert_int_equal(after(&a, &growing, 2, 200), STATE_GROWING);
	assert_int_equal(after(&a, &nothing, 20, 200), STATE_GROWING);
	assert_int_equal(after(&a, &nothing, 40, 200), STATE_OK);
}

static void warning_to_critical_to_exhausted(void **state)
{
	struct alarm a = {};

	(void)state;
	assert_int_equal(after(&a, &warned, 1, 700), STATE_WARNING);
	assert_int_equal(after(&a, &last, 2, 720), STATE_CRITICAL);
	assert_int_equal(after(&a, &warned, 3, 740), STATE_CRITICAL); /* it holds */
	struct alarm_evidence full = last;

	full.exhausted = true;
	assert_int_equal(after(&a, &full, 4, 1024), STATE_EXHAUSTED);
	assert_int_equal(after(&a, &nothing, 5, 1023), STATE_CRITICAL);
}

static void holds_while_it_still_rises(void **state)
{
	struct alarm a = {};

	(void)state;
	after(&a, &warned, 1, 700);
	for (uint64_t t = 20; t < 1000; t += 20) /* steps, and nothing evident between them */
		assert_int_equal(after(&a, &nothing, t, 700 + (uint32_t)t), STATE_WARNING);
}

static void ends_when_the_growth_has(void **state)
{
	struct alarm a = {};

	(void)state;
	after(&a, &warned, 1, 700);
	assert_int_equal(after(&a, &nothing, 70, 700), STATE_WARNING);
	assert_int_equal(after(&a, &nothing, 80, 700), STATE_OK);
}

static void ends_when_it_went_back(void **state)
{
	struct alarm a = {};

	(void)state;
	after(&a, &warned, 1, 700);
	assert_int_equal(after(&a, &nothing, 2, 150), STATE_WARNING); /* a breath */
	assert_int_equal(after(&a, &nothing, 3, 700), STATE_WARNING);
	assert_int_equal(after(&a, &nothing, 10, 150), STATE_WARNING);
	assert_int_equal(after(&a, &nothing, 26, 150), STATE_OK);
}

static void a_level_goes_up_at_once_and_down_late(void **state)
{
	static const struct alarm_thresholds t = {.warning.level = 0.8, .critical.level = 0.9};
	struct alarm_evidence e = {.level = alarm_level(&t, 80, 100)};
	struct alarm a = {};

	(void)state;
	assert_int_equal(after(&a, &e, 1, 80), STATE_WARNING);
	e.level = alarm_level(&t, 90, 100);
	assert_int_equal(after(&a, &e, 2, 90), STATE_CRITICAL);
	e.level = alarm_level(&t, 79, 100);
	assert_int_equal(after(&a, &e, 61, 79), STATE_CRITICAL);
	assert_int_equal(after(&a, &e, 62, 79), STATE_OK);
	assert_int_equal(alarm_level(&t, 1000000, LIMIT_INFINITY), STATE_OK);
}

static void another_limit_is_another_matter(void **state)
{
	struct alarm a = {};

	(void)state;
	after(&a, &last, 1, 700);
	alarm_forget(&a);
	assert_int_equal(after(&a, &nothing, 2, 700), STATE_GROWING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(growing_comes_and_goes),
		cmocka_unit_test(warning_to_critical_to_exhausted),
		cmocka_unit_test(holds_while_it_still_rises),
		cmocka_unit_test(ends_when_the_growth_has),
		cmocka_unit_test(ends_when_it_went_back),
		cmocka_unit_test(a_level_goes_up_at_once_and_down_late),
		cmocka_unit_test(another_limit_is_another_matter),
	};

	return RUN_TESTS(tests);
}
