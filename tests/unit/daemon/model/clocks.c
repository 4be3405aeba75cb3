// SPDX-License-Identifier: BSD-2-Clause
#include "model/clocks.h"

#include "check.h"

#define SECOND 1000000ULL
#define HOUR (3600 * SECOND)

/* At so many seconds of being awake: since 1,000 hours after the boot. */
static struct clocks_reading at(uint64_t seconds)
{
	uint64_t boot = 1000 * HOUR + seconds * SECOND;

	return (struct clocks_reading){
		.boot = boot, .real = boot + 1000 * HOUR, .awake = boot, .after = boot + 5};
}

static void nothing_happens(void **state)
{
	struct clocks clocks = {};

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct clocks_reading now = at(i);

		now.real += i * 500; /* slewed, as much as may be */
		clocks_look(&clocks, &now);
		assert_int_equal(clocks.stepped, 0);
		assert_int_equal(clocks.slept, 0);
	}
}

static void the_wall_clock_is_set(void **state)
{
	static const int64_t by[] = {HOUR, -(int64_t)HOUR, 1500000};
	int64_t ahead = 0;
	struct clocks clocks = {};
	struct clocks_reading now = at(0);

	(void)state;
	clocks_look(&clocks, &now);
	for (uint64_t i = 0; i < 3; i++) {
		ahead += by[i];
		for (uint64_t more = 1; more < 3; more++) {
			now = at(10 * i + more);
			now.real += (uint64_t)ahead;
			clocks_look(&clocks, &now);
			assert_int_equal(clocks.stepped, more == 1 ? by[i] : 0); /* once */
			assert_int_equal(clocks.slept, 0);
		}
	}
}

static void the_host_sleeps(void **state)
{
	struct clocks clocks = {};
	struct clocks_reading now = at(0);

	(void)state;
	now.awake -= 7 * HOUR; /* it did before */
	clocks_look(&clocks, &now);
	assert_int_equal(clocks.slept, 0);
	now = at(1 + 3600);
	now.awake -= 8 * HOUR;
	clocks_look(&clocks, &now);
	assert_int_equal(clocks.slept, HOUR);
	assert_int_equal(clocks.stepped, 0); /* the wall clock went on */
	now = at(2 + 3600);
	now.awake -= 8 * HOUR;
	clocks_look(&clocks, &now);
	assert_int_equal(clocks.slept, 0);
}

/* The daemon was not given the processor while it read: the next look tells. */
static void readings_of_several_moments(void **state)
{
	struct clocks clocks = {};
	struct clocks_reading now = at(0);

	(void)state;
	clocks_look(&clocks, &now);
	now = at(1);
	now.real += HOUR;
	now.awake -= HOUR;
	now.after += HOUR;
	clocks_look(&clocks, &now);
	assert_int_equal(clocks.stepped, 0);
	assert_int_equal(clocks.slept, 0);
	now = at(2);
	now.real += HOUR;
	clocks_look(&clocks, &now);
	assert_int_equal(clocks.stepped, HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happens),
		cmocka_unit_test(the_wall_clock_is_set),
		cmocka_unit_test(the_host_sleeps),
		cmocka_unit_test(readings_of_several_moments),
	};

	return RUN_TESTS(tests);
}
