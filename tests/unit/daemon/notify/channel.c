// SPDX-License-Identifier: BSD-2-Clause
#include "notify/channel.h"

#include <errno.h>

#include "told.h"

static struct told told;
static struct channel channel;

static int set_up(void **state)
{
	struct notify_calls calls = told_calls(&told);

	(void)state;
	told = (struct told){};
	if (sd_event_new(&told.loop) < 0)
		return -1;
	channel_init(&channel, NOTIFY_HOOK, told.loop, &calls);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	channel_close(&channel);
	sd_event_unref(told.loop);
	return 0;
}

static int add(uint64_t event_id)
{
	struct notice notice = usual_notice(event_id, event_id);

	return channel_add(&channel, &notice);
}

static void finish(uint64_t event_id, bool well)
{
	channel_done(&channel, channel_find(&channel, event_id), well);
}

static void test_holds(void **state)
{
	(void)state;
	assert_int_equal(add(1), 0);
	assert_int_equal(add(2), 0);
	assert_int_equal(add(1), 0); /* it has it */
	assert_int_equal(channel.status.waiting, 2);
	assert_null(channel_find(&channel, 3));
	finish(2, true);
	finish(1, false);
	assert_int_equal(told.done, 2);
	assert_int_equal(told.events[0], 2);
	assert_int_equal(told.events[1], 1);
	assert_int_equal(channel.status.told_total, 1);
	assert_int_equal(channel.status.given_up_total, 1);
	assert_int_equal(channel.status.waiting, 0);
}

/* Nothing overtakes what was refused, until the caller has been asked for it. */
static void test_bounded(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= NOTIFY_QUEUE; i++)
		assert_int_equal(add(i), 0);
	assert_int_equal(add(i), -ENOBUFS);
	assert_int_equal(add(5), 0); /* it holds that one */
	for (i = 1; i < NOTIFY_QUEUE / 2; i++)
		finish(i, true);
	assert_int_equal(add(NOTIFY_QUEUE + 2), -ENOBUFS);
	run_for(told.loop, 20000);
	assert_int_equal(told.rooms, 0);
	finish(i, true);
	assert_int_equal(told.rooms, 0); /* from the loop only */
	run_until(told.loop, &told.rooms, 1);
	assert_int_equal(add(NOTIFY_QUEUE + 1), 0);
	run_for(told.loop, 20000);
	assert_int_equal(told.rooms, 1);
}

static void test_taken_back(void **state)
{
	(void)state;
	add(1);
	channel_take_back(&channel, 1);
	assert_null(channel_find(&channel, 1));
	assert_int_equal(told.done, 0);
	assert_int_equal(add(2), -ENOBUFS);
	run_until(told.loop, &told.rooms, 1); /* after a second, since nothing else asks */
	assert_int_equal(add(1), 0);
}

static void test_log(void **state)
{
	(void)state;
	channel_log(&channel, 4, "%d of %s", 3, "four");
	assert_string_equal(told.log, "<4>3 of four\n");
}

static void test_backoff(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_in_range(backoff_usec(1, 1000, 60000), 1000, 1250);
		assert_in_range(backoff_usec(2, 1000, 60000), 2000, 2500);
		assert_in_range(backoff_usec(4, 1000, 60000), 8000, 10000);
		assert_in_range(backoff_usec(7, 1000, 60000), 60000, 75000);
		assert_in_range(backoff_usec(4000000000U, 1000, 60000), 60000, 75000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_holds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log, set_up, tear_down),
		cmocka_unit_test(test_backoff),
	};

	return RUN_TESTS(tests);
}
