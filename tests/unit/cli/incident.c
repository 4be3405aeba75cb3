// SPDX-License-Identifier: BSD-2-Clause
#include "incident.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "capture.h"
#include "check.h"

static const struct terminal unbounded = {.width = TERMINAL_UNBOUNDED};

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void check(struct table *(*make)(const json_t *), const char *json, const char *expected)
{
	json_t *answer = json_loads(json, 0, NULL);
	struct table *table;
	struct capture capture;
	char *got;

	assert_non_null(answer);
	table = make(answer);
	assert_int_equal(table_print(table, capture_open(&capture), &unbounded), 0);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	table_free(table);
	json_decref(answer);
}

#define ONE \
	"{\"id\":1700000000000000,\"time\":\"2023-11-14T22:13:20.5Z\",\"type\":\"process\"," \
	"\"pid\":42,\"comm\":\"le\\u001bak\",\"subject\":null,\"unit\":\"leak.service\"," \
	"\"container\":null,\"fds\":9,\"fds_highest\":1024,\"soft_limit\":1024," \
	"\"state\":\"exhausted\",\"worst_state\":\"exhausted\"," \
	"\"began_time\":\"2023-11-14T22:13:00Z\",\"changed_time\":null," \
	"\"ended_time\":\"2023-11-14T22:14:25.75Z\",\"ended_by\":\"process ended\"," \
	"\"refusals\":{\"RLIMIT_NOFILE\":3,\"fs.file-max\":1}"

static void as_a_table(void **state)
{
	(void)state;
	check(incidents_table,
	      "{\"incidents\":[" ONE "},"
	      "{\"id\":5,\"time\":\"2023-11-14T22:13:20Z\",\"pid\":null,\"comm\":null,"
	      "\"subject\":\"inotify:alice\",\"fds_highest\":128,\"soft_limit\":128,"
	      "\"worst_state\":\"warning\",\"ended_time\":\"2023-11-14T22:13:20Z\","
	      "\"ended_by\":\"recovered\",\"refusals\":{}}]}",
	      "              ID  BEGAN                LASTED  PID  UNIT           FDS  LIMIT  "
	      "REFUSED  WORST      NOW            COMMAND\n"
	      "1700000000000000  2023-11-14 22:13:20    1m5s   42  leak.service  1024   1024  "
	      "      4  exhausted  process ended  le\\x1bak\n"
	      "               5  2023-11-14 22:13:20      0s    -  -              128    128  "
	      "      0  warning    recovered      inotify:alice\n");
}

static void one_as_a_block(void **state)
{
	(void)state;
	check(incident_block,
	      ONE ",\"box_time\":\"2023-11-14T22:14:00Z\",\"box_reason\":\"refusal\","
		  "\"trend\":{\"growth_per_second\":2.5,\"eta_seconds\":30},"
		  "\"kinds\":{\"file\":1022,\"pipe\":2}}",
	      "Incident     1700000000000000\n"
	      "Process      42 le\\x1bak\n"
	      "Unit         leak.service\n"
	      "Container    -\n"
	      "First sign   2023-11-14 22:13:00\n"
	      "Raised       2023-11-14 22:13:20\n"
	      "Ended        2023-11-14 22:14:25\n"
	      "Worst        exhausted\n"
	      "Now          process ended\n"
	      "Descriptors  1024 of 1024 at most\n"
	      "Refused      RLIMIT_NOFILE 3, fs.file-max 1\n"
	      "Black box    2023-11-14 22:14:00, at the first refusal\n"
	      "Growth       2.5 a second\n"
	      "Full in      30s\n"
	      "Kinds        file 1022, pipe 2\n");
}

static void what_it_held_most_of_comes_first(void **state)
{
	(void)state;
	check(incident_targets,
	      "{\"descriptors\":["
	      "{\"fd\":0,\"kind\":\"chardev\",\"path\":\"/dev/null\",\"socket\":null},"
	      "{\"fd\":1,\"kind\":\"file\",\"path\":\"/a\\nb\"},"
	      "{\"fd\":2,\"kind\":\"file\",\"path\":\"/a\\nb\"},"
	      "{\"fd\":3,\"kind\":\"socket\",\"path\":\"socket:[77]\","
	      "\"socket\":{\"local\":\"[::1]:80\",\"remote\":\"[::1]:5\"}},"
	      "{\"fd\":4,\"kind\":\"socket\",\"path\":null,"
	      "\"socket\":{\"local\":\"[::1]:80\",\"remote\":null}},"
	      "{\"fd\":5,\"kind\":\"epoll\",\"path\":null}]}",
	      "HELD  KIND     PATH OR PEER\n"
	      "   2  file     /a\\nb\n"
	      "   1  chardev  /dev/null\n"
	      "   1  epoll    -\n"
	      "   1  socket   [::1]:5\n"
	      "   1  socket   [::1]:80\n");
}

static void nothing_is_known_of_it(void **state)
{
	(void)state;
	check(incident_targets, "{\"descriptors\":null}", "HELD  KIND  PATH OR PEER\n");
	check(incidents_table, "{}",
	      "ID  BEGAN  LASTED  PID  UNIT  FDS  LIMIT  REFUSED  WORST  NOW  COMMAND\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_table),
		cmocka_unit_test(one_as_a_block),
		cmocka_unit_test(what_it_held_most_of_comes_first),
		cmocka_unit_test(nothing_is_known_of_it),
	};

	return cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, setup, NULL);
}
