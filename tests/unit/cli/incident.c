// SPDX-License-Identifier: BSD-2-Clause
#include "incident.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "check.h"
#include "text.h"

static const struct terminal unbounded = {.width = TERMINAL_UNBOUNDED};

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

/* To be freed. */
static char *shown(struct table *(*make)(const json_t *), const char *json)
{
	json_t *answer = json_loads(json, 0, NULL);
	struct table *table;
	struct capture capture;
	char *got;

	assert_non_null(answer);
	table = make(answer);
	assert_int_equal(table_print(table, capture_open(&capture), &unbounded), 0);
	got = capture_close(&capture);
	table_free(table);
	json_decref(answer);
	return got;
}

static void check(struct table *(*make)(const json_t *), const char *json, const char *expected)
{
	char *got = shown(make, json);

	assert_string_equal(got, expected);
	free(got);
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
	      "   1  socket   [::1]:80\n"
	      "   1  socket   [::1]:80 from [::1]\n");
}

static void add_descriptor(json_t *descriptors, const char *kind, const char *path)
{
	json_array_append_new(descriptors, json_pack("{ssss}", "kind", kind, "path", path));
}

/* A remote end of NULL is one that listens. */
static void add_socket(json_t *descriptors, const char *local, const char *remote)
{
	json_t *ends = json_pack("{ss?ss?ss}", "local", local, "remote", remote, "state",
				 remote ? "ESTABLISHED" : "LISTEN");

	json_array_append_new(descriptors, json_pack("{ssssso}", "kind", "socket", "path",
						     "socket:[77]", "socket", ends));
}

/* Each connection has a port of its own and each pipe a number: none of these tells anything. */
static void what_is_alike_is_one(void **state)
{
	json_t *descriptors = json_array();
	json_t *incident = json_pack("{so}", "descriptors", descriptors);
	char *text;

	(void)state;
	add_socket(descriptors, "10.0.0.1:80", NULL);
	add_socket(descriptors, "10.0.0.1:80", "10.0.0.7:50001");
	add_socket(descriptors, "10.0.0.1:80", "10.0.0.7:50002");
	add_socket(descriptors, "10.0.0.1:40001", "10.0.0.9:5432");
	add_socket(descriptors, "10.0.0.1:40002", "10.0.0.9:5432");
	add_socket(descriptors, "10.0.0.1:40003", "10.0.0.8:25");
	add_socket(descriptors, "10.0.0.1:40004", "10.0.0.6:1");
	add_socket(descriptors, "10.0.0.1:40005", "10.0.0.6:2");
	add_descriptor(descriptors, "pipe", "pipe:[4711]");
	add_descriptor(descriptors, "pipe", "pipe:[4712]");
	add_descriptor(descriptors, "file", "/a:[1]");
	text = json_dumps(incident, 0);
	check(incident_targets, text,
	      "HELD  KIND    PATH OR PEER\n"
	      "   2  pipe    pipe\n"
	      "   2  socket  10.0.0.1:80 from 10.0.0.7\n"
	      "   2  socket  10.0.0.6, many ports\n"
	      "   2  socket  10.0.0.9:5432\n"
	      "   1  file    /a:[1]\n"
	      "   1  socket  10.0.0.1:80 LISTEN\n"
	      "   1  socket  10.0.0.8:25\n");
	free(text);
	json_decref(incident);
}

static void the_rest_is_summed_up(void **state)
{
	__attribute__((cleanup(text_free))) struct text text = {0};
	char one[64];
	char *got;

	(void)state;
	text_put(&text, "{\"descriptors\":[");
	for (int i = 0; i < 25; i++) {
		snprintf(one, sizeof(one), "%s{\"kind\":\"file\",\"path\":\"/%02d\"}", i ? "," : "",
			 i);
		text_put(&text, one);
	}
	text_add(&text, "]}", sizeof("]}"));
	got = shown(incident_targets, text.bytes);
	assert_non_null(strstr(got, "   1  file  /19\n   5        of 5 others\n"));
	free(got);
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
		cmocka_unit_test(what_is_alike_is_one),
		cmocka_unit_test(the_rest_is_summed_up),
		cmocka_unit_test(nothing_is_known_of_it),
	};

	return cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, setup, NULL);
}
