// SPDX-License-Identifier: BSD-2-Clause
#include "model/outlook.h"

#include "check.h"
#include "model/forecast.h"

#define SECOND 1000000ULL

/* A leak of one descriptor each 3 s, after `start` were opened at once: its states as it goes. */
static void is_growing_soon(uint32_t start, uint32_t limit)
{
	struct forecast *f = forecast_new();
	uint32_t life = (limit - start) * 3, growing = 0, warning = 0;

	assert_non_null(f);
	for (uint32_t t = 0; t < life; t++) {
		struct forecast_sample sample = {
			.t = (t + 1) * SECOND,
			.live = t ? start + t / 3 : 20,
			.limit = limit,
		};
		enum process_state state;

		assert_int_equal(forecast_add(f, &sample, NULL), 0);
		state = forecast_state(f);
		if (!growing && state >= STATE_GROWING)
			growing = t;
		if (!warning && state >= STATE_WARNING)
			warning = t;
		assert_true(!growing || state >= (warning ? STATE_WARNING : STATE_GROWING));
	}
	assert_in_range(growing, 1, life / 8);
	assert_in_range(warning, life / 2, life * 3 / 4);
	forecast_free(f);
}

static void a_steady_leak_is_growing_soon(void **state)
{
	(void)state;
	is_growing_soon(20, 1024);
	is_growing_soon(40, 256);
}

static void and_so_after_all_that_starting_opens(void **state)
{
	(void)state;
	is_growing_soon(300, 1024);
	is_growing_soon(724, 1024);
}

/* A worker that grew up to half an hour's worth, and was recycled just before a warning was due. */
static void what_has_gone_back_alarms_no_more(void **state)
{
	struct forecast *f = forecast_new();

	(void)state;
	assert_non_null(f);
	for (uint32_t t = 0; t < 1700; t++) {
		struct forecast_sample sample = {
			.t = (t + 1) * SECOND,
			.live = t < 1290 ? 20 + t / 2 : 20,
			.limit = 1024,
		};

		assert_int_equal(forecast_add(f, &sample, NULL), 0);
		assert_true(forecast_state(f) < STATE_WARNING);
	}
	forecast_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_leak_is_growing_soon),
		cmocka_unit_test(and_so_after_all_that_starting_opens),
		cmocka_unit_test(what_has_gone_back_alarms_no_more),
	};

	return RUN_TESTS(tests);
}
