// SPDX-License-Identifier: BSD-2-Clause
#include "verdict.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"
#include "fdwatch/threshold.h"

/* What the check says of these processes and limits; `expected` is its whole line. */
static void check(const char *processes, const char *limits, const char *warning,
		  const char *critical, enum verdict_level level, const char *expected)
{
	json_t *rows = json_loads(processes, 0, NULL);
	json_t *shared = json_loads(limits, 0, NULL);
	struct verdict_wanted wanted = {0};
	struct verdict verdict = {0};
	struct capture capture;
	char *got;

	assert_true(rows && shared);
	if (warning)
		assert_true(fdw_threshold(warning, &wanted.warning.seconds, &wanted.warning.level));
	if (critical)
		assert_true(
			fdw_threshold(critical, &wanted.critical.seconds, &wanted.critical.level));
	verdict_add(&verdict, &wanted, rows, shared);
	assert_int_equal(verdict_print(&verdict, &wanted, capture_open(&capture)), level);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	json_decref(rows);
	json_decref(shared);
}

#define P(pid, comm, fds, limit, usage, eta, state) \
	"{\"pid\":" #pid ",\"comm\":\"" comm "\",\"unit\":null,\"fds\":" #fds \
	",\"soft_limit\":" #limit ",\"usage\":" #usage ",\"eta_seconds\":" #eta \
	",\"state\":\"" state "\",\"silenced\":false}"

static const char calm[] =
	"[" P(7, "a", 10, 100, 0.1, null, "ok") "," P(8, "b", 50, 200, 0.25, null, "growing") "]";

static void ok(void **state)
{
	(void)state;
	check(calm, "[]", NULL, NULL, VERDICT_OK,
	      "FDWATCH OK - 2 processes, fullest b[8]: 50 of 200 (25%) | processes=2;;;0 "
	      "warning=0;;;0 critical=0;;;0 usage=25.0%;;;0;100\n");
	check("[]", "[]", "80%", "90%", VERDICT_OK,
	      "FDWATCH OK - 0 processes | processes=0;;;0 warning=0;;;0 critical=0;;;0 "
	      "usage=0.0%;80;90;0;100\n");
}

static void the_daemon_s_states(void **state)
{
	(void)state;
	check("[" P(7, "a", 10, 100, 0.1, 7200, "warning") "]", "[]", NULL, NULL, VERDICT_WARNING,
	      "FDWATCH WARNING - a[7]: 10 of 100 (10%), full in 2h | processes=1;;;0 "
	      "warning=1;;;0 critical=0;;;0 usage=10.0%;;;0;100 time_left=7200s;;;0\n");
	check("[" P(7, "a", 10, 100, 0.1, 60, "warning") "," P(8, "b", 100, 100, 1.0, 0,
							       "exhausted") "]",
	      "[]", NULL, NULL, VERDICT_CRITICAL,
	      "FDWATCH CRITICAL - b[8]: 100 of 100 (100%), full; and 1 more | "
	      "processes=2;;;0 warning=1;;;0 critical=1;;;0 usage=100.0%;;;0;100 "
	      "time_left=0s;;;0\n");
	check("[" P(7, "a", 10, 100, 0.1, 60, "critical") "]", "[]", NULL, NULL, VERDICT_CRITICAL,
	      "FDWATCH CRITICAL - a[7]: 10 of 100 (10%), full in 1m | processes=1;;;0 "
	      "warning=0;;;0 critical=1;;;0 usage=10.0%;;;0;100 time_left=60s;;;0\n");
}

static void times_and_levels(void **state)
{
	static const char one[] = "[" P(7, "a", 79, 100, 0.79, 3601, "critical") "]";

	(void)state;
	check(one, "[]", "1h", "15min", VERDICT_OK,
	      "FDWATCH OK - 1 process, fullest a[7]: 79 of 100 (79%), full in 1h | "
	      "processes=1;;;0 warning=0;;;0 critical=0;;;0 usage=79.0%;;;0;100 "
	      "time_left=3601s;3600:;900:;0\n");
	check(one, "[]", "2h", "15min", VERDICT_WARNING,
	      "FDWATCH WARNING - a[7]: 79 of 100 (79%), full in 1h | processes=1;;;0 "
	      "warning=1;;;0 critical=0;;;0 usage=79.0%;;;0;100 time_left=3601s;7200:;900:;0\n");
	check(one, "[]", "60%", "79%", VERDICT_CRITICAL,
	      "FDWATCH CRITICAL - a[7]: 79 of 100 (79%), full in 1h | processes=1;;;0 "
	      "warning=0;;;0 critical=1;;;0 usage=79.0%;60;79;0;100 time_left=3601s;;;0\n");
	check(one, "[]", "79%", NULL, VERDICT_WARNING,
	      "FDWATCH WARNING - a[7]: 79 of 100 (79%), full in 1h | processes=1;;;0 "
	      "warning=1;;;0 critical=0;;;0 usage=79.0%;79;;0;100 time_left=3601s;;;0\n");
}

static void refused_is_critical(void **state)
{
	(void)state;
	check("[" P(7, "a", 10, 100, 0.1, null, "exhausted") "]", "[]", "80%", NULL,
	      VERDICT_CRITICAL,
	      "FDWATCH CRITICAL - a[7]: 10 of 100 (10%) | processes=1;;;0 warning=0;;;0 "
	      "critical=1;;;0 usage=10.0%;80;;0;100\n");
}

static void the_silenced_are_left_out(void **state)
{
	(void)state;
	check("[{\"pid\":7,\"comm\":\"a\",\"fds\":99,\"soft_limit\":99,\"usage\":1.0,"
	      "\"eta_seconds\":0,\"state\":\"exhausted\",\"silenced\":true}]",
	      "[]", NULL, NULL, VERDICT_OK,
	      "FDWATCH OK - 0 processes | processes=0;;;0 warning=0;;;0 critical=0;;;0 "
	      "usage=0.0%;;;0;100\n");
}

static void shared_limits_count(void **state)
{
	static const char limits[] =
		"[{\"subject\":\"fs.file-max\",\"used\":5,\"maximum\":null,\"state\":\"ok\","
		"\"eta_seconds\":null},{\"subject\":\"inotify:al|ice\",\"used\":128,"
		"\"maximum\":128,\"state\":\"exhausted\",\"eta_seconds\":0}]";

	(void)state;
	check(calm, limits, NULL, NULL, VERDICT_CRITICAL,
	      "FDWATCH CRITICAL - inotify:al/ice: 128 of 128 (100%), full | "
	      "processes=2;;;0 warning=0;;;0 critical=1;;;0 usage=25.0%;;;0;100\n");
}

static void names_stay_in_the_line(void **state)
{
	(void)state;
	check("[" P(7, "a|b\\n=", 10, 100, 0.1, null, "warning") "]", "[]", NULL, NULL,
	      VERDICT_WARNING,
	      "FDWATCH WARNING - a/b\\n=[7]: 10 of 100 (10%) | processes=1;;;0 warning=1;;;0 "
	      "critical=0;;;0 usage=10.0%;;;0;100\n");
}

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ok),
		cmocka_unit_test(the_daemon_s_states),
		cmocka_unit_test(times_and_levels),
		cmocka_unit_test(refused_is_critical),
		cmocka_unit_test(the_silenced_are_left_out),
		cmocka_unit_test(shared_limits_count),
		cmocka_unit_test(names_stay_in_the_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
