// SPDX-License-Identifier: BSD-2-Clause
#include "top/rows.h"

#include <math.h>

#include "check.h"
#include "make.h"

static void strings_are_kept(void **state)
{
	struct rows *rows = make_rows(0);
	uint32_t one = rows_keep(rows, "one", 3);
	uint32_t none = rows_keep(rows, "", 0);
	uint32_t other = rows_keep(rows, "other", 5);

	(void)state;
	assert_int_equal(none, 0);
	assert_string_equal(rows_string(rows, one), "one");
	assert_string_equal(rows_string(rows, other), "other");
	assert_string_equal(rows_string(rows, 0), "");
	assert_string_equal(rows_string(rows, 1000), "");
	rows_freep(&rows);
}

static void rows_are_found_by_id(void **state)
{
	struct rows *rows = make_rows(0);

	(void)state;
	assert_null(rows_find(rows, 1));
	for (int pid = 500; pid > 0; pid--)
		make_row(rows, pid, "x", 1);
	rows_sort(rows);
	assert_int_equal(rows->count, 500);
	for (int pid = 1; pid <= 500; pid++)
		assert_int_equal(rows_find(rows, (uint64_t)pid)->pid, pid);
	assert_null(rows_find(rows, 501));
	rows_freep(&rows);
}

/* A pid that another process has now has neither its rates nor its past. */
static void rates_and_past_go_on(void **state)
{
	struct rows *before = make_rows(100);
	struct rows *now = make_rows(102);
	struct row *row;

	(void)state;
	row = make_row(before, 1, "a", 10);
	row->opened = 100;
	row->closed = 90;
	make_row(before, 2, "b", 10)->opened = 5;
	make_row(before, 4, "gone", 10);
	row = make_row(now, 1, "a", 14);
	row->opened = 110;
	row->closed = 96;
	row = make_row(now, 2, "another", 20);
	row->start_time = 777;
	row->opened = 50;
	make_row(now, 3, "new", 30);
	rows_follow(now, before);
	assert_true(now->list[0].open_rate == 5);
	assert_true(now->list[0].close_rate == 3);
	assert_int_equal(now->list[0].past->count, 2);
	assert_int_equal(now->list[0].past->values[0], 10);
	assert_int_equal(now->list[0].past->values[1], 14);
	assert_true(isnan(now->list[1].open_rate));
	assert_null(now->list[1].past);
	assert_null(now->list[2].past);
	assert_null(before->list[0].past);
	rows_freep(&before);
	rows_freep(&now);
}

/* The daemon may be asked more often than it looks. */
static void the_same_poll_again_changes_nothing(void **state)
{
	struct rows *before = make_rows(100);
	struct rows *now = make_rows(100);

	(void)state;
	make_row(before, 1, "a", 10)->open_rate = 7;
	make_row(now, 1, "a", 10)->opened = 5;
	rows_follow(now, before);
	assert_true(now->list[0].open_rate == 7);
	assert_null(now->list[0].past);
	rows_freep(&before);
	rows_freep(&now);
}

/* A daemon that has forgotten its totals makes no negative rates. */
static void totals_that_fall_are_unknown(void **state)
{
	struct rows *before = make_rows(100);
	struct rows *now = make_rows(101);

	(void)state;
	make_row(before, 1, "a", 10)->opened = 50;
	make_row(now, 1, "a", 10)->opened = 3;
	rows_follow(now, before);
	assert_true(isnan(now->list[0].open_rate));
	rows_freep(&before);
	rows_freep(&now);
}

static void the_past_is_bounded(void **state)
{
	struct rows *before = make_rows(0);

	(void)state;
	make_row(before, 1, "a", 0);
	for (uint32_t i = 1; i <= 200; i++) {
		struct rows *now = make_rows(i);

		make_row(now, 1, "a", i);
		rows_follow(now, before);
		rows_freep(&before);
		before = now;
	}
	assert_int_equal(before->list[0].past->count, ROWS_PAST);
	assert_int_equal(before->list[0].past->values[0], 200 - ROWS_PAST + 1);
	assert_int_equal(before->list[0].past->values[ROWS_PAST - 1], 200);
	rows_freep(&before);
}

static void states_have_names(void **state)
{
	(void)state;
	for (enum state one = STATE_OK; one < STATE_COUNT; one++)
		assert_int_equal(state_parse(state_name(one), strlen(state_name(one))), one);
	assert_int_equal(state_parse("worried", 7), STATE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_kept),
		cmocka_unit_test(rows_are_found_by_id),
		cmocka_unit_test(rates_and_past_go_on),
		cmocka_unit_test(the_same_poll_again_changes_nothing),
		cmocka_unit_test(totals_that_fall_are_unknown),
		cmocka_unit_test(the_past_is_bounded),
		cmocka_unit_test(states_have_names),
	};

	return RUN_TESTS(tests);
}
