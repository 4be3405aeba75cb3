// SPDX-License-Identifier: BSD-2-Clause
#include "model/process.h"

#include "check.h"

static double usage(uint32_t fds, uint64_t soft_limit)
{
	struct process process = {.sample = {.fds = fds, .soft_limit = soft_limit}};

	return process_usage(&process);
}

static void usage_is_a_ratio(void **state)
{
	(void)state;
	assert_true(usage(512, 1024) == 0.5);
	assert_true(usage(1000, LIMIT_INFINITY) == 0);
	assert_true(usage(0, 0) == 1);
	assert_true(usage(UINT32_MAX, UINT32_MAX) == 1);
}

static void a_limit_below_the_count_was_lowered(void **state)
{
	struct process process = {.sample = {.fds = 5}};

	(void)state;
	assert_int_equal(process_limit(&process), LIMIT_INFINITY);
	assert_true(process_usage(&process) == 0);
	process.sample.soft_limit = 5;
	assert_int_equal(process_limit(&process), 5);
}

static void nr_open_is_a_limit_too(void **state)
{
	struct process process = {.sample = {.fds = 512, .soft_limit = 4096}};

	(void)state;
	assert_int_equal(process_limit(&process), 4096);
	process.ceiling = 1024;
	assert_int_equal(process_limit(&process), 1024);
	assert_true(process_usage(&process) == 0.5);
}

static void a_sleep_makes_it_no_older(void **state)
{
	struct process process = {.sample = {.start_time = 1000}};

	(void)state;
	assert_int_equal(process_age(&process, 5000), 4000);
	process.slept = 3000;
	assert_int_equal(process_age(&process, 5000), 1000);
	assert_int_equal(process_age(&process, 900), 0);
}

/* By state, then by usage, then by number. */
static void the_endangered_come_first(void **state)
{
	struct process all[] = {
		{.sample = {.pid = 4, .fds = 1000, .soft_limit = 1024}},
		{.sample = {.pid = 3, .fds = 3, .soft_limit = 1024}},
		{.sample = {.pid = 2, .fds = 3, .soft_limit = 1024}},
		{.sample = {.pid = 1, .fds = 9, .soft_limit = 1024}, .state = STATE_WARNING},
	};
	static const int32_t sorted[] = {1, 4, 2, 3};
	const struct process *pointers[] = {&all[0], &all[1], &all[2], &all[3]};

	(void)state;
	qsort(pointers, 4, sizeof(pointers[0]), process_compare_danger);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pointers[i]->sample.pid, sorted[i]);
}

static void everything_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < STATE_COUNT; i++)
		assert_non_null(process_state_name(i));
	for (int i = 0; i < CAUSE_COUNT; i++)
		assert_non_null(refusal_cause_name(i));
	assert_string_equal(process_state_name(STATE_EXHAUSTED), "exhausted");
	assert_string_equal(refusal_cause_name(CAUSE_NOFILE), "RLIMIT_NOFILE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_is_a_ratio),
		cmocka_unit_test(a_limit_below_the_count_was_lowered),
		cmocka_unit_test(nr_open_is_a_limit_too),
		cmocka_unit_test(a_sleep_makes_it_no_older),
		cmocka_unit_test(the_endangered_come_first),
		cmocka_unit_test(everything_has_a_name),
	};

	return RUN_TESTS(tests);
}
