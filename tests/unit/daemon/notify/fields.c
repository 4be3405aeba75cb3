// SPDX-License-Identifier: BSD-2-Clause
#include "notify/fields.h"

#include "told.h"

struct pairs {
	char text[8192];
	int count, stop_at;
};

static int take(const char *name, const char *value, void *data)
{
	struct pairs *pairs = data;
	size_t used = strlen(pairs->text);

	if (++pairs->count == pairs->stop_at)
		return 7;
	snprintf(pairs->text + used, sizeof(pairs->text) - used, "%s=%s|", name, value);
	return 0;
}

static void test_process(void **state)
{
	struct notice notice = usual_notice(41, 17);
	struct pairs pairs = {};

	(void)state;
	assert_int_equal(fields_each(&notice, take, &pairs), 0);
	assert_string_equal(
		pairs.text,
		"FDWATCH_EVENT_ID=41|FDWATCH_INCIDENT=17|FDWATCH_STEP=raised|FDWATCH_SCOPE=process|"
		"FDWATCH_RESOURCE=RLIMIT_NOFILE|FDWATCH_STATE=warning|FDWATCH_PREVIOUS=growing|"
		"FDWATCH_WORST_STATE=warning|FDWATCH_TIME=2024-05-06T07:08:09.000010Z|"
		"FDWATCH_BEGAN=2024-05-06T07:05:00.000000Z|FDWATCH_FDS=812|FDWATCH_SOFT_LIMIT=1024|"
		"FDWATCH_GROWTH_PER_SECOND=0.125|FDWATCH_ETA_SECONDS=7800|"
		"FDWATCH_ETA_LOW_SECONDS=5400|FDWATCH_PID=812|FDWATCH_START_TIME=77|FDWATCH_UID=33|"
		"FDWATCH_USER=www-data|FDWATCH_COMM=nginx|FDWATCH_UNIT=nginx.service|");
}

static void test_system(void **state)
{
	struct notice notice = usual_notice(UINT64_MAX, 17);
	struct pairs pairs = {};

	(void)state;
	notice.scope = NOTICE_SYSTEM;
	end_notice(&notice, INCIDENT_AWAY, STATE_EXHAUSTED);
	notice.ended = notice.began;
	notice.uid = NOTICE_NOBODY;
	notice.soft_limit = LIMIT_INFINITY;
	notice.growth = notice.eta = notice.eta_low = NAN;
	notice.cause = CAUSE_FILE_MAX;
	notice.comm[0] = notice.unit[0] = notice.user[0] = '\0';
	PUT_TEXT(notice.mark, "prod");
	assert_int_equal(fields_each(&notice, take, &pairs), 0);
	assert_string_equal(
		pairs.text,
		"FDWATCH_EVENT_ID=18446744073709551615|FDWATCH_INCIDENT=17|FDWATCH_STEP=ended|"
		"FDWATCH_SCOPE=system|FDWATCH_RESOURCE=RLIMIT_NOFILE|FDWATCH_STATE=exhausted|"
		"FDWATCH_PREVIOUS=growing|FDWATCH_WORST_STATE=exhausted|"
		"FDWATCH_ENDED_BY=fdwatchd was away|FDWATCH_CAUSE=fs.file-max|"
		"FDWATCH_TIME=2024-05-06T07:08:09.000010Z|"
		"FDWATCH_BEGAN=2024-05-06T07:05:00.000000Z|"
		"FDWATCH_ENDED=2024-05-06T07:05:00.000000Z|FDWATCH_FDS=812|FDWATCH_MARK=prod|");
}

static void test_bytes(void **state)
{
	struct notice notice = usual_notice(1, 1);
	struct pairs pairs = {};

	(void)state;
	memset(notice.unit, '\n', sizeof(notice.unit) - 1);
	PUT_TEXT(notice.comm, "a\xff");
	fields_each(&notice, take, &pairs);
	assert_non_null(strstr(pairs.text, "FDWATCH_COMM=a\\xff|FDWATCH_UNIT=\\x0a\\x0a"));
	assert_null(strpbrk(pairs.text, "\n\xff"));
}

static void test_stops(void **state)
{
	struct notice notice = usual_notice(1, 1);
	struct pairs pairs = {.stop_at = 2};

	(void)state;
	assert_int_equal(fields_each(&notice, take, &pairs), 7);
	assert_int_equal(pairs.count, 2);
}

/* All of them at once still fit. */
static void test_most(void **state)
{
	struct notice notice = usual_notice(1, 1);
	struct pairs pairs = {};

	(void)state;
	end_notice(&notice, INCIDENT_EXITED, STATE_EXHAUSTED);
	notice.ended = notice.began;
	notice.eta_high = 9000;
	notice.cause = CAUSE_NOFILE;
	PUT_TEXT(notice.container, "abc");
	PUT_TEXT(notice.mark, "m");
	fields_each(&notice, take, &pairs);
	assert_int_equal(pairs.count, 27);
	assert_true(pairs.count <= FIELDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process), cmocka_unit_test(test_system),
		cmocka_unit_test(test_bytes),   cmocka_unit_test(test_stops),
		cmocka_unit_test(test_most),
	};

	return RUN_TESTS(tests);
}
