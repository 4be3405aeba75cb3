// SPDX-License-Identifier: BSD-2-Clause
#include "top/orders.h"

#include "check.h"
#include "make.h"

static struct rows *rows_of(bool one, bool two)
{
	struct rows *rows = make_rows(1000);

	make_row(rows, 1, "one", 5)->tracked = one;
	make_row(rows, 2, "two", 5)->tracked = two;
	rows_sort(rows);
	return rows;
}

/* Applies them to what the daemon has told, and checks what is made of it. */
static void apply(struct orders *orders, bool one, bool two, double now, bool one_then,
		  bool two_then)
{
	struct rows *rows = rows_of(one, two);

	orders_apply(orders, rows, now);
	assert_int_equal(rows->list[0].tracked, one_then);
	assert_int_equal(rows->list[1].tracked, two_then);
	rows_freep(&rows);
}

static void an_order_holds_until_polls_have_it(void **state)
{
	struct orders orders = {0};

	(void)state;
	orders_add(&orders, 1, true, 10);
	apply(&orders, false, false, 10.1, true, false); /* the poll was before it */
	orders_add(&orders, 2, true, 10.2);
	apply(&orders, false, false, 10.3, true, true);
	apply(&orders, true, true, 11, true, true);
	apply(&orders, false, true, 20, false, true); /* another user has ended it */
	assert_int_equal(orders.count, 0);
}

static void the_last_word_counts(void **state)
{
	struct orders orders = {0};

	(void)state;
	orders_add(&orders, 1, true, 10);
	orders_add(&orders, 1, false, 10.2);
	assert_int_equal(orders.count, 1);
	apply(&orders, false, false, 10.3, false, false); /* the poll was before both */
	apply(&orders, true, false, 10.4, false, false);  /* … between them */
	apply(&orders, false, false, 11, false, false);
}

static void what_is_not_done_is_not_believed(void **state)
{
	struct orders orders = {0};

	(void)state;
	orders_add(&orders, 1, true, 10);
	orders_drop(&orders, 1);
	apply(&orders, false, false, 10.1, false, false);
	orders_add(&orders, 2, true, 10);
	apply(&orders, false, false, 100, false, false); /* long ago */
	assert_int_equal(orders.count, 0);
	orders_add(&orders, 3, true, 10); /* who has ended */
	apply(&orders, false, false, 10.1, false, false);
	assert_int_equal(orders.count, 0);
	for (int32_t pid = 1; pid < 1000; pid++)
		orders_add(&orders, pid, true, 10);
	assert_int_equal(orders.count, ORDERS_KEPT);
	apply(&orders, false, false, 10.1, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_holds_until_polls_have_it),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(what_is_not_done_is_not_believed),
	};

	return RUN_TESTS(tests);
}
