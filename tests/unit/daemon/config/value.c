// SPDX-License-Identifier: BSD-2-Clause
#include "config/value.h"

#include <string.h>

#include "check.h"
#include "fdwatch/threshold.h"
#include "model/policy.h"

static void times(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {
		{"1s", 1},
		{"90sec", 90},
		{"15min", 900},
		{"15m", 900},
		{"6h", 21600},
		{"1.5h", 5400},
		{"1h30min", 5400},
		{"1h 30min", 5400},
		{"2d", 172800},
		{"4w", 2419200},
		{"", 0},
		{"6", 0},
		{"6x", 0},
		{"h", 0},
		{"-6h", 0},
		{"+6h", 0},
		{"6 h", 0},
		{"6h,", 0},
		{"1e3s", 0},
		{"nans", 0},
		{"0x10s", 0},
		{"1.s", 0},
		{".5s", 0},
		{"6H", 0},
		{"infs", 0},
		{"1h x", 0},
		{"99999999999999999999s", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (fdw_seconds(cases[i].text) != cases[i].seconds)
			fail_msg("'%s' is %g", cases[i].text, fdw_seconds(cases[i].text));
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		unsigned long long bytes;
	} cases[] = {
		{"65536", 65536},
		{"64K", 65536},
		{"256M", 256ULL << 20},
		{"2G", 2ULL << 30},
		{"1T", 1ULL << 40},
		{"", 0},
		{"K", 0},
		{"-1", 0},
		{" 1", 0},
		{"1k", 0},
		{"1KB", 0},
		{"1.5M", 0},
		{"99999999T", 0},
		{"99999999999999999999", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (value_bytes(cases[i].text) != cases[i].bytes)
			fail_msg("'%s' is %llu", cases[i].text, value_bytes(cases[i].text));
}

static void thresholds(void **state)
{
	static const char *const bad[] = {"",    "80", "0%",  "0.5%", "101%", "80 %", "%",
					  "-5%", "0s", "31d", "Auto", "nan%", "5%%",  "80%h"};
	struct alarm_threshold t = {.seconds = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (value_threshold(bad[i], &t, sizeof(t)))
			fail_msg("'%s' is taken", bad[i]);
		assert_true(t.seconds == 7 && t.level == 0);
	}
	assert_true(value_threshold("80%", &t, sizeof(t)));
	assert_true(t.level == 0.8 && t.seconds == 0);
	assert_true(value_threshold("99.5%", &t, sizeof(t)) && t.level == 0.995);
	assert_true(value_threshold("100%", &t, sizeof(t)) && t.level == 1);
	assert_true(value_threshold("15min", &t, sizeof(t)));
	assert_true(t.level == 0 && t.seconds == 900);
	assert_true(value_threshold("1s", &t, sizeof(t)) && t.seconds == 1);
	assert_true(value_threshold("30d", &t, sizeof(t)) && t.seconds == 30 * 86400);
	assert_true(value_threshold("auto", &t, sizeof(t)));
	assert_true(t.level == 0 && t.seconds == 0);
}

static void raising(void **state)
{
	static const char *const bad[] = {"",   "0",          "-1",          "1073741825",
					  "1K", "2000000000", "99999999999", "hard"};
	uint64_t most = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(value_raise(bad[i], &most, sizeof(most)));
	assert_true(most == 7);
	assert_true(value_raise("no", &most, sizeof(most)) && most == 0);
	assert_true(value_raise("yes", &most, sizeof(most)) && most == LIMIT_INFINITY);
	assert_true(value_raise("4096", &most, sizeof(most)) && most == 4096);
	assert_true(value_raise("1073741824", &most, sizeof(most)) && most == 1U << 30);
}

static void words(void **state)
{
	enum policy_tracking tracking = TRACK_GROWING;
	bool yes = false;

	(void)state;
	assert_true(value_yes_no("yes", &yes, sizeof(yes)) && yes);
	assert_false(value_yes_no("1", &yes, sizeof(yes)));
	assert_false(value_yes_no("Yes", &yes, sizeof(yes)));
	assert_true(yes);
	assert_true(value_yes_no("no", &yes, sizeof(yes)) && !yes);
	assert_true(value_tracking("all", &tracking, sizeof(tracking)) && tracking == TRACK_ALWAYS);
	assert_true(value_tracking("none", &tracking, sizeof(tracking)) && tracking == TRACK_NEVER);
	assert_false(value_tracking("yes", &tracking, sizeof(tracking)));
	assert_true(value_tracking("growing", &tracking, sizeof(tracking)));
	assert_int_equal(tracking, TRACK_GROWING);
}

static void labels(void **state)
{
	static const char *const bad[] = {"",     "a\tb",    "a\x7f", "\xff", "a\xE2\x80\xAE",
					  "\xC3", "12345678"};
	char label[8] = "before";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(value_label(bad[i], label, sizeof(label)));
	assert_string_equal(label, "before");
	assert_true(value_label("z\xC3\xBCrich", label, sizeof(label)));
	assert_string_equal(label, "z\xC3\xBCrich");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),   cmocka_unit_test(sizes), cmocka_unit_test(thresholds),
		cmocka_unit_test(raising), cmocka_unit_test(words), cmocka_unit_test(labels),
	};

	return RUN_TESTS(tests);
}
