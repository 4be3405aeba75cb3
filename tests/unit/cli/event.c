// SPDX-License-Identifier: BSD-2-Clause
#include "event.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "capture.h"
#include "check.h"

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void check(const char *json, struct terminal terminal, const char *expected)
{
	json_t *event = json_loads(json, 0, NULL);
	struct capture capture;
	char *got;

	assert_non_null(event);
	assert_int_equal(event_print(event, capture_open(&capture), &terminal), 0);
	got = capture_close(&capture);
	assert_string_equal(got, expected);
	free(got);
	json_decref(event);
}

static const struct terminal unbounded = {.width = TERMINAL_UNBOUNDED};

static const char refusal[] =
	"{\"time\":\"2026-11-21T01:38:58.123456Z\",\"type\":\"emfile\",\"pid\":417,\"comm\":"
	"\"leaky\","
	"\"unit\":\"leaky.service\",\"fds\":1024,\"soft_limit\":1024,\"state\":\"exhausted\","
	"\"previous\":null,\"eta_seconds\":null,\"cause\":\"RLIMIT_NOFILE\",\"incident\":null}";

static void refusals(void **state)
{
	(void)state;
	check(refusal, unbounded,
	      "2026-11-21 01:38:58  emfile        417  leaky            "
	      "RLIMIT_NOFILE 1024/1024  leaky.service\n");
	check(refusal, (struct terminal){.width = 80, .colour = true},
	      "2026-11-21 01:38:58  \033[31memfile\033[0m        417  leaky            "
	      "RLIMIT_NOFILE 1024/1024\n");
}

static void changes_of_state(void **state)
{
	(void)state;
	check("{\"time\":\"2026-11-21T01:38:58Z\",\"type\":\"state\",\"pid\":1,\"comm\":\"a\","
	      "\"unit\":null,\"fds\":900,\"soft_limit\":1024,\"state\":\"warning\","
	      "\"previous\":\"ok\",\"eta_seconds\":273600}",
	      unbounded,
	      "2026-11-21 01:38:58  state           1  a                "
	      "ok -> warning 900/1024 full in 3d4h  -\n");
}

static void thresholds_and_limits(void **state)
{
	(void)state;
	check("{\"time\":\"2026-11-21T01:38:58Z\",\"type\":\"threshold\",\"pid\":1,\"comm\":\"a\","
	      "\"unit\":null,\"fds\":820,\"soft_limit\":1024,\"percent\":80,\"previous_limit\":"
	      "null}",
	      unbounded,
	      "2026-11-21 01:38:58  threshold       1  a                820/1024 80%             "
	      "-\n");
	check("{\"time\":\"2026-11-21T01:38:58Z\",\"type\":\"limit\",\"pid\":1,\"comm\":\"a\","
	      "\"unit\":null,\"fds\":820,\"soft_limit\":2048,\"previous_limit\":1024}",
	      unbounded,
	      "2026-11-21 01:38:58  limit           1  a                820/2048 was 1024        "
	      "-\n");
}

static void lost_events(void **state)
{
	(void)state;
	check("{\"time\":\"2026-11-21T01:38:58Z\",\"type\":\"lost\",\"count\":7}", unbounded,
	      "2026-11-21 01:38:58  lost            -  -                events missed: 7         "
	      "-\n");
}

static void hostile_ones(void **state)
{
	(void)state;
	check("{\"time\":\"\\u001b[2J\",\"type\":\"exit\",\"pid\":\"x\\ny\",\"comm\":\"\\u202ea\","
	      "\"unit\":\"u\\u0007\",\"fds\":[],\"soft_limit\":{}}",
	      unbounded,
	      "\\x1b[2J  exit         x\\ny  \\u202ea          "
	      "-/-                      u\\x07\n");
	check("{}", unbounded,
	      "-  -               -  -                -/-                      -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(changes_of_state),
		cmocka_unit_test(thresholds_and_limits),
		cmocka_unit_test(lost_events),
		cmocka_unit_test(hostile_ones),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
