// SPDX-License-Identifier: BSD-2-Clause
/* What age is counted by; what is forgotten by it, the tests of work.c tell. */
#include "store/retention.h"

#include "check.h"

#define MINUTE 60000000ULL
#define DAY (1440 * MINUTE)
#define YEAR (365 * DAY)
#define NOW (20000 * DAY)

static void follows_the_clock(void **state)
{
	uint64_t calendar = NOW;

	(void)state;
	for (uint64_t now = NOW; now < NOW + DAY; now += 10 * MINUTE) {
		calendar = retention_calendar(calendar, now, 10 * MINUTE);
		assert_int_equal(calendar, now);
	}
}

/* A year ahead for an hour: a day of it, and when it is right again no more. */
static void a_leap_is_taken_slowly(void **state)
{
	uint64_t calendar = NOW;

	(void)state;
	for (uint64_t at = 10 * MINUTE; at <= 60 * MINUTE; at += 10 * MINUTE)
		calendar = retention_calendar(calendar, NOW + YEAR + at, 10 * MINUTE);
	assert_int_equal(calendar, NOW + DAY);
	assert_int_equal(retention_calendar(calendar, NOW + 70 * MINUTE, 10 * MINUTE), NOW + DAY);
	assert_int_equal(retention_calendar(calendar, NOW + 2 * DAY, DAY), NOW + 2 * DAY);
}

/* Off for ninety days: caught up with in four. */
static void an_absence_is_made_up_for(void **state)
{
	uint64_t calendar = retention_calendar(NOW, NOW + 90 * DAY, 0);

	(void)state;
	assert_int_equal(calendar, NOW);
	for (uint64_t at = 0; at < 4 * DAY; at += 10 * MINUTE)
		calendar = retention_calendar(calendar, NOW + 90 * DAY + at, 10 * MINUTE);
	assert_int_equal(calendar, NOW + 94 * DAY - 10 * MINUTE);
}

/* A dead clock at each start would hold it up for ever. */
static void never_goes_back(void **state)
{
	(void)state;
	assert_int_equal(retention_calendar(NOW, 5 * DAY, 10 * MINUTE), NOW);
	assert_int_equal(retention_calendar(NOW, NOW + MINUTE, MINUTE), NOW + MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_clock),
		cmocka_unit_test(a_leap_is_taken_slowly),
		cmocka_unit_test(an_absence_is_made_up_for),
		cmocka_unit_test(never_goes_back),
	};

	return RUN_TESTS(tests);
}
