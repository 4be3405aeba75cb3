// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/runs.h"

#include <stdlib.h>

#include "check.h"
#include "tracking/left.h"

#define NOW 1000000000ULL

static void found_and_forgotten(void **state)
{
	struct runs runs = {};
	struct run *run = runs_add(&runs, 7, true, NOW);
	uint64_t id = run->id;

	(void)state;
	assert_ptr_equal(runs_find(&runs, id), run);
	assert_null(runs_find(&runs, id + 1));
	runs_expire(&runs, NOW * 100);
	assert_ptr_equal(runs_find(&runs, id), run); /* it still runs */
	run->ended = NOW;
	runs_expire(&runs, NOW + RUNS_KEPT_USEC);
	assert_non_null(runs_find(&runs, id));
	runs_expire(&runs, NOW + RUNS_KEPT_USEC + 1);
	assert_null(runs_find(&runs, id));
	runs_clear(&runs);
}

static void bounded_by_user(void **state)
{
	struct runs runs = {};
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < RUNS_USER_MAX; i++) {
		struct run *run = runs_add(&runs, 7, true, NOW);

		assert_true(run->id > last);
		last = run->id;
	}
	assert_null(runs_add(&runs, 7, true, NOW));
	assert_non_null(runs_add(&runs, 8, true, NOW));
	for (int i = RUNS_USER_MAX + 1; i < RUNS_MAX; i++)
		assert_non_null(runs_add(&runs, 0, false, NOW));
	assert_null(runs_add(&runs, 0, false, NOW));
	runs_clear(&runs);
}

static void left_open(void **state)
{
	const struct descriptor own = {.fd = 5, .opened = NOW, .site = 1};
	const struct descriptor standard = {.fd = 1, .opened = 0};
	const struct descriptor outside = {.fd = 9, .opened = 0};
	const struct descriptor forked = {.fd = 5, .opened = NOW, .site = 1, .inherited = true};
	struct run run = {};
	struct left left = {};
	struct run_process process = {.pid = 3};

	(void)state;
	left_add(&left, &own, false);
	left_add(&left, &standard, false);
	left_add(&left, &outside, false);
	process.list = left_take(&left);
	assert_int_equal(process.list->count, 2);
	assert_true(process.list->items[1].executed);
	run_add(&run, &process);
	assert_int_equal(run_left_open(&run), 1);
	left_add(&left, &forked, true);
	left_add(&left, &outside, true);
	assert_null(left.list);
	left_add(&left, &own, true);
	process.list = left_take(&left);
	run_add(&run, &process);
	assert_int_equal(run_left_open(&run), 2);
	assert_int_equal(run_pending(&run), 0);
	run_clear(&run);
	left_clear(&left);
}

static void bounded_processes(void **state)
{
	struct run run = {};

	(void)state;
	for (int i = 0; i < RUN_PROCESSES_MAX + 3; i++) {
		struct run_process process = {.list = calloc(1, sizeof(*process.list))};

		process.list->items = calloc(2, sizeof(*process.list->items));
		process.list->count = 2;
		process.list->items[0].executed = true; /* not its own */
		run_add(&run, &process);
	}
	assert_int_equal(run.count, RUN_PROCESSES_MAX);
	assert_int_equal(run.cut, 3);
	assert_int_equal(run.unknown, 3);
	assert_int_equal(run_left_open(&run), RUN_PROCESSES_MAX + 3);
	run_clear(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_and_forgotten),
		cmocka_unit_test(bounded_by_user),
		cmocka_unit_test(left_open),
		cmocka_unit_test(bounded_processes),
	};

	return RUN_TESTS(tests);
}
