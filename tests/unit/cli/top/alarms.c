// SPDX-License-Identifier: BSD-2-Clause
#include "top/alarms.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define REFUSED "\"type\":\"emfile\",\"cause\":\"RLIMIT_NOFILE\""
#define BECAME "\"type\":\"state\",\"state\":"

static void add(json_t *alarms, int second, int pid, const char *rest)
{
	json_t *alarm;
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"time\":\"2026-11-21T01:38:%02dZ\",\"pid\":%d,\"start_time\":%d,"
		 "\"comm\":\"app\",\"fds\":%d,%s}",
		 second, pid, pid, second, rest);
	alarm = json_loads(text, 0, NULL);
	assert_non_null(alarm);
	alarms_add(alarms, alarm);
	json_decref(alarm);
}

/* All of it, the latest first. */
static void assert_list(const json_t *alarms, const char *expected)
{
	char all[512] = "";
	char what[ALARM_TEXT_SIZE];
	size_t length = 0;

	for (size_t i = json_array_size(alarms); i-- > 0;) {
		const json_t *alarm = json_array_get(alarms, i);
		const char *time = json_string_value(json_object_get(alarm, "time"));

		alarm_what(alarm, what, sizeof(what));
		length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%.2s:%d %s",
					   length ? ", " : "", time + strlen("2026-11-21T01:38:"),
					   (int)json_integer_value(json_object_get(alarm, "pid")),
					   what);
		assert_true(length < sizeof(all));
	}
	assert_string_equal(all, expected);
}

static void repeats_are_counted(void **state)
{
	json_t *alarms = json_array();

	(void)state;
	add(alarms, 10, 7, BECAME "\"critical\"");
	add(alarms, 11, 7, REFUSED);
	add(alarms, 12, 8, REFUSED);
	for (int second = 13; second < 20; second++)
		add(alarms, second, 7, REFUSED);
	add(alarms, 20, 7, "\"type\":\"threshold\",\"percent\":95");
	assert_list(alarms, "20:7 95 % taken, 12:8 refused by RLIMIT_NOFILE, "
			    "19:7 refused by RLIMIT_NOFILE x8, 10:7 critical");
	json_decref(alarms);
}

/* As what two threads have gathered comes together. */
static void counts_are_added(void **state)
{
	json_t *alarms = json_array();
	json_t *more = json_array();

	(void)state;
	for (int second = 13; second < 16; second++)
		add(alarms, second, 7, REFUSED);
	for (int second = 10; second < 12; second++)
		add(more, second, 7, REFUSED);
	alarms_add(alarms, json_array_get(more, 0));
	assert_list(alarms, "15:7 refused by RLIMIT_NOFILE x5");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(alarms, 0), "fds")), 15);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(alarms, 0), "first_time")),
		"2026-11-21T01:38:10Z");
	json_decref(alarms);
	json_decref(more);
}

static bool take(struct alarm_clock *clock, int second, bool past)
{
	json_t *alarm;
	char text[64];
	bool taken;

	snprintf(text, sizeof(text), "{\"time\":\"2026-11-21T01:38:%02dZ\"}", second);
	alarm = json_loads(text, 0, NULL);
	taken = alarm_clock_take(clock, alarm, past);
	json_decref(alarm);
	return taken;
}

/* The past is read after what follows it has begun, and tells some of it again. */
static void each_is_told_once(void **state)
{
	struct alarm_clock clock = {0};

	(void)state;
	alarm_clock_follow(&clock);
	assert_true(take(&clock, 13, false));
	assert_true(take(&clock, 13, false)); /* another of the same poll */
	assert_true(take(&clock, 14, false));
	for (int second = 10; second < 15; second++)
		assert_int_equal(take(&clock, second, true), second < 13);
	assert_true(take(&clock, 15, false));
	alarm_clock_follow(&clock); /* again, and nothing comes before the past is read */
	for (int second = 10; second < 19; second++)
		assert_int_equal(take(&clock, second, true), second > 15);
	assert_false(take(&clock, 18, false)); /* on its way when that was read */
	assert_true(take(&clock, 19, false));
}

static void what_differs_is_another(void **state)
{
	json_t *alarms = json_array();

	(void)state;
	add(alarms, 10, 7, BECAME "\"warning\"");
	add(alarms, 11, 7, BECAME "\"critical\"");
	add(alarms, 12, 7, "\"type\":\"emfile\",\"cause\":\"inotify instances\"");
	add(alarms, 13, 7, REFUSED ",\"state\":\"warning\"");
	add(alarms, 14, 7, REFUSED ",\"state\":\"exhausted\"");
	add(alarms, 9, 7, BECAME "\"growing\"");
	add(alarms, 15, 7, REFUSED ",\"incident\":4");
	assert_list(alarms, "15:7 refused by RLIMIT_NOFILE, 14:7 refused by RLIMIT_NOFILE x2, "
			    "12:7 refused by inotify instances, "
			    "11:7 critical, 10:7 warning, 09:7 growing");
	json_decref(alarms);
}

static void those_not_told_for_longest_are_forgotten(void **state)
{
	json_t *alarms = json_array();
	int pids[ALARMS_KEPT];

	(void)state;
	for (int pid = 1; pid < ALARMS_KEPT; pid++)
		add(alarms, 10, pid, REFUSED);
	add(alarms, 11, 1, REFUSED); /* it goes on */
	for (int pid = 0; pid < 6; pid++)
		add(alarms, 12, 1000 + pid, REFUSED);
	assert_int_equal(json_array_size(alarms), ALARMS_KEPT);
	for (size_t i = 0; i < ALARMS_KEPT; i++)
		pids[i] =
			(int)json_integer_value(json_object_get(json_array_get(alarms, i), "pid"));
	assert_int_equal(pids[0], 7); /* 2 to 6 are gone */
	assert_int_equal(pids[ALARMS_KEPT - 7], 1);
	assert_int_equal(pids[ALARMS_KEPT - 1], 1005);
	json_decref(alarms);
}

/* In one line for each process: why it was refused rather than that it is exhausted. */
static void the_most_telling_of_one(void **state)
{
	json_t *alarms = json_array();

	(void)state;
	add(alarms, 10, 7, REFUSED ",\"incident\":3");
	add(alarms, 11, 8, BECAME "\"warning\"");
	add(alarms, 12, 7, BECAME "\"exhausted\",\"incident\":3");
	assert_null(alarms_headline(alarms, 0)); /* told by the last */
	assert_ptr_equal(alarms_headline(alarms, 1), json_array_get(alarms, 1));
	assert_ptr_equal(alarms_headline(alarms, 2), json_array_get(alarms, 0));
	add(alarms, 9, 8, REFUSED); /* before it had an incident */
	assert_ptr_equal(alarms_headline(alarms, 2), json_array_get(alarms, 0));
	add(alarms, 13, 7, BECAME "\"warning\",\"incident\":4");
	assert_null(alarms_headline(alarms, 3));
	assert_ptr_equal(alarms_headline(alarms, 4), json_array_get(alarms, 4));
	json_decref(alarms);
}

static void assert_described(const char *event, const char *expected)
{
	json_t *alarm = json_loads(event, 0, NULL);
	char text[ALARM_TEXT_SIZE];

	alarm_describe(alarm, 1763690000, text, sizeof(text)); /* 2025-11-21T01:53:20Z */
	assert_string_equal(text, expected);
	json_decref(alarm);
}

static void who_and_when(void **state)
{
	(void)state;
	assert_described("{\"time\":\"2025-11-21T01:38:05Z\",\"pid\":7,\"comm\":\"app\"," REFUSED
			 ",\"times\":3}",
			 "01:38:05 app[7] refused by RLIMIT_NOFILE x3");
	assert_described("{\"time\":\"2025-11-20T01:38:05Z\",\"pid\":null,\"subject\":"
			 "\"fs.file-max\",\"type\":\"threshold\",\"percent\":80}",
			 "2025-11-20 01:38:05 fs.file-max 80 % taken");
	assert_described("{}", "- ? ?");
}

static void strange(void **state)
{
	json_t *alarms = json_array();
	json_t *none = json_integer(3);
	struct alarm_clock clock = {0};

	(void)state;
	alarms_add(alarms, none);
	alarms_add(alarms, none);
	assert_true(json_array_size(alarms) <= 2);
	json_decref(none);
	json_decref(alarms);
	assert_false(alarm_clock_take(&clock, NULL, false));
}

static int in_utc(void **state)
{
	(void)state;
	return setenv("TZ", "UTC", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_are_counted),
		cmocka_unit_test(counts_are_added),
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(what_differs_is_another),
		cmocka_unit_test(those_not_told_for_longest_are_forgotten),
		cmocka_unit_test(the_most_telling_of_one),
		cmocka_unit_test_setup(who_and_when, in_utc),
		cmocka_unit_test(strange),
	};

	return RUN_TESTS(tests);
}
