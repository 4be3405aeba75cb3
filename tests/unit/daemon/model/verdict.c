// SPDX-License-Identifier: BSD-2-Clause
#include "model/verdict.h"

#include <math.h>
#include <string.h>

#include "check.h"

#define SECOND 1000000ULL
#define START (1000 * SECOND)
#define LIVE_MAX 4096

static uint64_t times[LIVE_MAX];

/* `live` opened evenly between two moments, in seconds from the start. */
static void spread(size_t live, double from, double to)
{
	for (size_t i = 0; i < live; i++)
		times[i] = START +
			   (uint64_t)((from + (to - from) * (double)i / (double)live) * SECOND);
}

static enum verdict at(double now, size_t live, uint64_t opened)
{
	struct evidence evidence = {
		.times = times,
		.live = live,
		.opened = opened,
		.since = START,
		.now = START + (uint64_t)(now * SECOND),
	};
	const char *reason = NULL;
	enum verdict verdict = verdict_reach(&evidence, &reason);

	assert_non_null(reason);
	return verdict;
}

static void leak(void **state)
{
	(void)state;
	spread(300, 0, 30);
	assert_int_equal(at(30, 300, 300), VERDICT_LEAK);
	assert_int_equal(at(31, 300, 303), VERDICT_LEAK);
	spread(24, 0, 86400); /* one an hour */
	assert_int_equal(at(86400, 24, 24), VERDICT_LEAK);
}

static void leak_beside_use(void **state)
{
	(void)state;
	spread(200, 0, 120); /* one of fifty is forgotten */
	assert_int_equal(at(120, 200, 10000), VERDICT_LEAK);
	spread(200, 0, 30);
	assert_int_equal(at(30, 200, 10000), VERDICT_UNKNOWN);
}

static void pool(void **state)
{
	(void)state;
	spread(100, 0, 1);
	assert_int_equal(at(60, 100, 100), VERDICT_HOLDS);
	spread(500, 0, 20); /* filled slowly */
	assert_int_equal(at(60, 500, 500), VERDICT_HOLDS);
}

/* A steady server's connections: lives of 10 s on average, seen for ten minutes. */
static void streams_in_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < 200; i++)
		times[i] = START + 600 * SECOND -
			   (uint64_t)(-10.0 * log((double)(i + 1) / 201) * SECOND);
	assert_int_equal(at(600, 200, 12000), VERDICT_HOLDS);
}

/* Each is replaced after a while: old ones are gone. */
static void rotation(void **state)
{
	(void)state;
	spread(20, 100, 120);
	assert_int_equal(at(120, 20, 120), VERDICT_HOLDS);
}

static void few(void **state)
{
	(void)state;
	spread(1, 0, 1); /* a pid file, a lock file */
	assert_int_equal(at(86400, 1, 1), VERDICT_UNKNOWN);
	spread(9, 0, 86400);
	assert_int_equal(at(86400, 9, 9), VERDICT_UNKNOWN);
}

static void early(void **state)
{
	(void)state;
	spread(500, 0, 9);
	assert_int_equal(at(9, 500, 500), VERDICT_UNKNOWN);
	assert_int_equal(at(0, 500, 500), VERDICT_UNKNOWN);
}

static void listeners(void **state)
{
	struct evidence evidence = {.times = times,
				    .live = 20,
				    .opened = 20,
				    .since = START,
				    .now = START + 20 * SECOND,
				    .listening = 20};
	const char *reason;

	(void)state;
	spread(20, 0, 20);
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_HOLDS);
	evidence.listening = 0;
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_LEAK);
	evidence.held = 15;
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_HOLDS);
}

/* A producer whose consumers close some, and forget others. */
static void handed_on(void **state)
{
	struct evidence evidence = {.times = times,
				    .live = 100,
				    .opened = 1000,
				    .since = START,
				    .now = START + 120 * SECOND,
				    .elsewhere = 500};
	const char *reason;

	(void)state;
	spread(100, 0, 120);
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_LEAK);
	assert_non_null(strstr(reason, "by the threads that get it"));
	evidence.elsewhere = 400;
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_LEAK);
	assert_null(strstr(reason, "threads"));
}

static void nothing(void **state)
{
	const struct evidence evidence = {.now = START};
	const char *reason;

	(void)state;
	assert_int_equal(verdict_reach(&evidence, &reason), VERDICT_UNKNOWN);
	assert_string_equal(verdict_name(VERDICT_LEAK), "leak");
	assert_string_equal(verdict_name(VERDICT_HOLDS), "holds");
}

/* Clocks of kernel and daemon may differ by a moment. */
static void times_ahead(void **state)
{
	(void)state;
	spread(100, 0, 20);
	assert_int_equal(at(15, 100, 100), VERDICT_LEAK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leak),        cmocka_unit_test(leak_beside_use),
		cmocka_unit_test(pool),        cmocka_unit_test(streams_in_use),
		cmocka_unit_test(rotation),    cmocka_unit_test(few),
		cmocka_unit_test(early),       cmocka_unit_test(listeners),
		cmocka_unit_test(handed_on),   cmocka_unit_test(nothing),
		cmocka_unit_test(times_ahead),
	};

	return RUN_TESTS(tests);
}
