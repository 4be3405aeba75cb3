// SPDX-License-Identifier: BSD-2-Clause
#include "config/notify.h"

#include <string.h>

#include "check.h"
#include "notify/settings.h"

static struct notify_config config;

static int set_up(void **state)
{
	(void)state;
	notify_config_defaults(&config);
	return 0;
}

static bool set_command(const char *text)
{
	return value_command(text, config.hook.command, sizeof(config.hook.command));
}

static bool set_urls(const char *text)
{
	return value_urls(text, config.alertmanager.url, sizeof(config.alertmanager.url));
}

static void commands(void **state)
{
	(void)state;
	assert_true(set_command("/bin/mail -s  $x"));
	assert_string_equal(config.hook.command, "/bin/mail -s  $x");
	assert_false(set_command("mail"));
	assert_false(set_command(""));
	assert_string_equal(config.hook.command, "/bin/mail -s  $x");
	assert_true(set_command("none"));
	assert_string_equal(config.hook.command, "");
}

static void urls(void **state)
{
	static char many[4096];

	(void)state;
	assert_true(set_urls("http://a:9093 https://b/prefix/"));
	assert_string_equal(config.alertmanager.url, "http://a:9093 https://b/prefix/");
	assert_false(set_urls("http://a:9093 b"));
	assert_false(set_urls("http://me:secret@a"));
	assert_false(set_urls(""));
	memset(many, ' ', 3000);
	memcpy(many, "http://a", 8);
	assert_false(set_urls(many));
	assert_true(set_urls("none"));
	assert_string_equal(config.alertmanager.url, "");
}

static void pauses(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {
		{"1", 1},       {"30", 30},    {"30s", 30}, {"2min", 120}, {"1h", 3600},
		{"3600", 3600}, {"0", 0},      {"0s", 0},   {"3601", 0},   {"2h", 0},
		{"", 0},        {"-1", 0},     {"1e3", 0},  {"nan", 0},    {"none", 0},
		{"0.5s", 0},    {"1.5s", 1.5}, {" 1", 0},   {"99999", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double seconds = 0;

		assert_int_equal(value_pause(cases[i].text, &seconds, sizeof(seconds)),
				 cases[i].seconds != 0);
		assert_true(seconds == cases[i].seconds);
	}
}

static void numbers(void **state)
{
	static const char *const wrong[] = {"0", "65", "", "-1", "+1", "1x", " 1", "4294967297"};
	unsigned number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(value_at_once(wrong[i], &number, sizeof(number)));
	assert_int_equal(number, 7);
	assert_true(value_at_once("64", &number, sizeof(number)));
	assert_int_equal(number, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(commands, set_up),
		cmocka_unit_test_setup(urls, set_up),
		cmocka_unit_test(pauses),
		cmocka_unit_test(numbers),
	};

	return RUN_TESTS(tests);
}
