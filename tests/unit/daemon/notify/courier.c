// SPDX-License-Identifier: BSD-2-Clause
#include "notify/courier.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "told.h"

static atomic_int carried, freed_jobs, freed_tools;
static unsigned backs;
static int last_result, last_job;
static int gate[2];

static int carry(void *job, void *tool)
{
	struct pollfd gated = {.fd = gate[0], .events = POLLIN};

	carried++;
	if (*(int *)job < 0) /* until the gate is opened */
		poll(&gated, 1, 10000);
	return *(int *)job + *(int *)tool;
}

static void back(int result, void *job, void *data)
{
	assert_ptr_equal(data, &backs);
	last_result = result;
	last_job = *(int *)job;
	free(job);
	backs++;
}

static void free_job(void *job)
{
	free(job);
	freed_jobs++;
}

static void free_tool(void *tool)
{
	free(tool);
	freed_tools++;
}

static int *new_int(int value)
{
	int *number = malloc(sizeof(*number));

	assert_non_null(number);
	*number = value;
	return number;
}

static struct courier *begin(sd_event *loop)
{
	struct courier *courier;
	struct courier_work work = {.carry = carry,
				    .back = back,
				    .free_job = free_job,
				    .free_tool = free_tool,
				    .tool = new_int(1000),
				    .data = &backs};

	assert_int_equal(courier_new(&courier, loop, &work), 0);
	return courier;
}

static void test_carries(void **state)
{
	struct courier *courier;
	sd_event *loop;

	(void)state;
	backs = 0;
	freed_tools = 0;
	assert_true(sd_event_new(&loop) >= 0);
	courier = begin(loop);
	assert_false(courier_busy(courier));
	for (unsigned i = 1; i <= 100; i++) {
		courier_send(courier, new_int((int)i));
		assert_true(courier_busy(courier));
		run_until(loop, &backs, i);
		assert_false(courier_busy(courier));
		assert_int_equal(last_job, i);
		assert_int_equal(last_result, 1000 + i);
	}
	courier_free(courier);
	assert_int_equal(freed_tools, 1);
	courier_free(NULL);
	sd_event_unref(loop);
}

/* A job that hangs holds up neither the loop nor the end, and is freed when it comes loose. */
static void test_hangs(void **state)
{
	struct courier *courier;
	uint64_t begun;
	sd_event *loop;

	(void)state;
	backs = 0;
	carried = freed_jobs = freed_tools = 0;
	assert_int_equal(pipe(gate), 0);
	assert_true(sd_event_new(&loop) >= 0);
	courier = begin(loop);
	courier_send(courier, new_int(-1));
	for (int i = 0; i < 10000 && !carried; i++)
		usleep(1000);
	assert_int_equal(carried, 1);
	begun = clock_usec(CLOCK_MONOTONIC);
	run_for(loop, 20000);
	courier_free(courier);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun < 5000000);
	assert_int_equal(freed_tools, 0);
	close(gate[1]);
	for (int i = 0; i < 10000 && !freed_tools; i++)
		usleep(1000);
	assert_int_equal(freed_jobs, 1);
	assert_int_equal(freed_tools, 1);
	assert_int_equal(backs, 0);
	close(gate[0]);
	sd_event_unref(loop);
}

/* Ended right after it was sent: whether it was carried or not, nothing leaks. */
static void test_ends(void **state)
{
	sd_event *loop;

	(void)state;
	freed_jobs = freed_tools = 0;
	assert_true(sd_event_new(&loop) >= 0);
	for (int i = 0; i < 50; i++) {
		struct courier *courier = begin(loop);

		courier_send(courier, new_int(1));
		courier_free(courier);
	}
	for (int i = 0; i < 10000 && freed_tools < 50; i++)
		usleep(1000);
	assert_int_equal(freed_tools, 50);
	assert_int_equal(freed_jobs, 50);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carries),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_ends),
	};

	return RUN_TESTS(tests);
}
