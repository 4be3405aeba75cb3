// SPDX-License-Identifier: BSD-2-Clause
/* Requests, good and bad, and who gets which answer. */
#include "daemon/serve/served.h"

#include <grp.h>

#include "serve/head.h"

static void test_answers(void **state)
{
	json_t *status = fetch(*state, "/v1/status");
	json_t *list = fetch(*state, "/v1/processes?sort=fds&limit=2");
	json_t *show = fetch(*state, "/v1/processes/1000");
	json_t *processes = json_object_get(list, "processes");

	assert_int_equal(json_integer_value(json_object_get(status, "processes")), 3);
	assert_int_equal(json_array_size(processes), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(processes, 0), "pid")),
			 3000);
	assert_int_equal(json_array_size(json_object_get(show, "descriptors")), 2);
	assert_int_equal(json_integer_value(json_object_get(show, "fds")), 3);
	assert_int_equal(json_integer_value(json_object_get(show, "reserved")), 1);
	assert_string_equal(json_string_value(json_object_get(show, "command")),
			    "program --of 1000");
	json_decref(status);
	json_decref(list);
	json_decref(show);
}

static void test_rows(void **state)
{
	json_t *first = fetch(*state, "/v1/rows");
	json_t *again = fetch(*state, "/v1/rows?max_age_seconds=60");
	json_t *columns = json_object_get(first, "columns");
	json_t *rows = json_object_get(first, "rows");

	assert_int_equal(json_array_size(rows), 3);
	for (size_t i = 0; i < 3; i++) {
		json_t *row = json_array_get(rows, i);

		assert_int_equal(json_array_size(row), json_array_size(columns));
		assert_int_equal(json_integer_value(json_array_get(row, 0)), 1000 * (i + 1));
	}
	assert_string_equal(json_string_value(json_array_get(columns, 0)), "pid");
	assert_true(json_equal(first, again));
	json_decref(first);
	json_decref(again);
}

static void test_errors(void **state)
{
	static const struct {
		const char *method;
		const char *target;
		unsigned status;
	} cases[] = {
		{"GET", "/", 404},
		{"GET", "/v1/nothing", 404},
		{"GET", "/v1/processes/0", 400},
		{"GET", "/v1/processes/-1", 400},
		{"GET", "/v1/processes/99999999999999999999", 400},
		{"GET", "/v1/processes/4000", 404},
		{"GET", "/v1/processes/3000", 404}, /* ended while it was read */
		{"GET", "/v1/status%00junk", 400},
		{"GET", "/v1/processes/%31%300%30%00", 400},
		{"GET", "/v1/processes?limit=1%00x", 400},
		{"GET", "/v1/processes?limit=0", 400},
		{"GET", "/v1/processes?limit=many", 400},
		{"GET", "/v1/processes?sort=beauty", 400},
		{"GET", "/v1/events?follow=perhaps", 400},
		{"GET", "/v1/processes/1000/samples?follow=2", 400},
		{"GET", "/v1/processes/4000/samples", 404},
		{"POST", "/v1/processes/1000/samples", 405},
		{"POST", "/v1/status", 405},
		{"DELETE", "/v1/processes/1000", 405},
		{"BREW", "/v1/status", 405},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_free_ char *answer = request(*state, cases[i].method, cases[i].target);

		expect_error(answer, cases[i].status);
		if (cases[i].status == 405)
			assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
	}
}

static void test_head_request(void **state)
{
	_free_ char *answer = request(*state, "HEAD", "/v1/status");
	_free_ char *events = request(*state, "HEAD", "/v1/events?follow=1");

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	assert_memory_equal(events, "HTTP/1.1 200 ", 13);
	assert_string_equal(strstr(events, "\r\n\r\n"), "\r\n\r\n");
}

static void test_malformed(void **state)
{
	expect_refusal(*state, "garbage\r\n\r\n", 400);
	expect_refusal(*state, "GET\r\n\r\n", 400);
	expect_refusal(*state, "\r\n\r\n", 400);
	expect_refusal(*state, "\x01\xff", 400);
	expect_refusal(*state, "GET /v1/status\r\n\r\n", 400);
	expect_refusal(*state, "GET /v1/status HTTP/9.9\r\n\r\n", 505);
	expect_refusal(*state, "GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n", 400);
	expect_refusal(*state, "GET /v1/status HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400);
}

static void test_cut_short(void **state)
{
	_close_ int fd = connect_to(*state);

	assert_true(put(fd, "GET /v1/sta", 11));
	shutdown(fd, SHUT_WR);
	_free_ char *answer = get_all(fd);

	expect_error(answer, 400);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "GET /v1/status HTTP/1.1\r\nHost: fdwatch\r\n\r\n";
	_close_ int fd = connect_to(*state);

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_true(put(fd, text + i, 1));
	_free_ char *answer = get_all(fd);

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
}

/* All of it is taken in, so that the client sees the answer and no broken pipe. */
static void test_long_line(void **state)
{
	size_t size = 1 << 20;
	_free_ char *text = malloc(size + 64);

	memset(text, 'a', size + 64);
	memcpy(text, "GET /", 5);
	memcpy(text + size, " HTTP/1.1\r\n\r\n", 13);
	_free_ char *answer = exchange(*state, text, size + 13);

	expect_error(answer, 414);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	_free_ char *other = exchange(*state, text, size + 13);

	expect_error(other, 431);
}

/* The library would answer these with a page of its own. */
static void test_cookies(void **state)
{
	char text[HEAD_MAX];
	int length;

	length = snprintf(text, sizeof(text), "GET /v1/status HTTP/1.1\r\nCookie: ");
	while (length < HEAD_MAX - 100)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "a;");
	snprintf(text + length, sizeof(text) - (size_t)length, "\r\n\r\n");
	expect_refusal(*state, text, 431);
}

/* As much of everything as the acceptor lets through, so that the library's memory is enough. */
static void test_largest_head(void **state)
{
	char text[HEAD_MAX + 1];
	int length = snprintf(text, sizeof(text), "GET /v1/status?");

	for (int i = 0; i < HEAD_ARGUMENTS_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "a=b%s",
				   i < HEAD_ARGUMENTS_MAX - 1 ? "&" : "");
	length += snprintf(text + length, sizeof(text) - (size_t)length, " HTTP/1.1\r\nCookie:");
	for (int i = 0; i < HEAD_COOKIES_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "a%058d=b%s", i,
				   i < HEAD_COOKIES_MAX - 1 ? ";" : "");
	for (int i = 1; i < HEAD_FIELDS_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "\r\nA:%098d", i);
	length += snprintf(text + length, sizeof(text) - (size_t)length, "\r\n\r\n");
	assert_in_range(length, HEAD_MAX * 9 / 10, HEAD_MAX);
	expect_refusal(*state, text, 400); /* a is no argument of /v1/status */
}

static void test_body(void **state)
{
	static const char head[] =
		"POST /v1/status HTTP/1.1\r\nHost: fdwatch\r\nContent-Length: 1000000\r\n\r\n";
	size_t size = sizeof(head) - 1 + 1000000;
	_free_ char *text = calloc(1, size);

	memcpy(text, head, sizeof(head) - 1);
	_free_ char *answer = exchange(*state, text, size);

	expect_error(answer, 405);
}

static void test_idle_connections(void **state)
{
	int idle[200];
	int32_t before = server_fds(*state);

	for (size_t i = 0; i < 200; i++)
		idle[i] = connect_to(*state);
	json_decref(fetch(*state, "/v1/status"));
	for (size_t i = 0; i < 200; i++)
		close(idle[i]);
	expect_fds(*state, before);
}

/* More than there is room for, and still the next request is answered. */
static void test_crowd(void **state)
{
	int idle[QUOTA_CONNECTIONS + 50];
	size_t count = sizeof(idle) / sizeof(idle[0]);
	int32_t before = server_fds(*state);

	if (getuid() != 0) {
		skip();
		return;
	}
	for (size_t i = 0; i < count; i++)
		idle[i] = connect_to(*state);
	json_decref(fetch(*state, "/v1/status"));
	for (size_t i = 0; i < count; i++)
		close(idle[i]);
	expect_fds(*state, before);
}

static void test_descriptors_stay_flat(void **state)
{
	int32_t before = server_fds(*state);

	for (int i = 0; i < 500; i++) {
		json_decref(fetch(*state, "/v1/processes"));
		json_decref(fetch(*state, "/v1/processes/1000"));
		expect_refusal(*state, "garbage\r\n\r\n", 400);
	}
	expect_fds(*state, before);
}

/* Runs a test as another user, in a process of its own. */
static void as_stranger(void **state, void (*test)(const struct fixture *fixture))
{
	int status = -1;
	pid_t child;

	if (getuid() != 0) {
		skip();
		return;
	}
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (setgroups(0, NULL) || setgid(STRANGER) || setuid(STRANGER))
			_exit(2);
		test(*state);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

/* A failed assertion in that process must end it there. */
#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "# line %d: " #condition "\n", __LINE__); \
			_exit(1); \
		} \
	} while (0)

static bool is_error(const struct fixture *fixture, const char *target, const char *start)
{
	_free_ char *answer = request(fixture, "GET", target);

	return !strncmp(answer, start, strlen(start)) && strstr(answer, "{\"error\":");
}

static void stranger_sees_own(const struct fixture *fixture)
{
	json_t *list = fetch(fixture, "/v1/processes");
	json_t *processes = json_object_get(list, "processes");
	json_t *table = fetch(fixture, "/v1/rows");
	json_t *rows = json_object_get(table, "rows");
	_free_ char *other = request(fixture, "GET", "/v1/processes/1000");
	_free_ char *absent = request(fixture, "GET", "/v1/processes/1001");
	char *number;

	EXPECT(json_array_size(processes) == 1);
	EXPECT(json_integer_value(json_object_get(json_array_get(processes, 0), "pid")) == 2000);
	EXPECT(json_array_size(rows) == 1);
	EXPECT(json_integer_value(json_array_get(json_array_get(rows, 0), 0)) == 2000);
	json_decref(list);
	json_decref(table);
	json_decref(fetch(fixture, "/v1/processes/2000"));
	json_decref(fetch(fixture, "/v1/status"));
	/* Another's and nobody's answers differ in the number alone. */
	EXPECT(!strncmp(other, "HTTP/1.1 404 ", 13));
	number = strstr(strstr(other, "\r\n\r\n"), "1000");
	EXPECT(number);
	number[3] = '1';
	EXPECT(!strcmp(strstr(other, "\r\n\r\n"), strstr(absent, "\r\n\r\n")));
}

static void stranger_sees_own_events(const struct fixture *fixture)
{
	_close_ int fd = follow(fixture);

	get_until(fd, "\r\n\r\n");
	order(fixture, ADD_EVENT);
	order(fixture, ADD_FLOOD);
	order(fixture, ADD_OWN_EVENT);
	server_fds(fixture);
	_free_ char *answer = request(fixture, "GET", "/v1/events");

	EXPECT(strstr(answer, "\"pid\":2000"));
	EXPECT(!strstr(answer, "\"pid\":1000"));
	EXPECT(!strstr(answer, "\"count\":4"));
}

static void stranger_has_a_quota(const struct fixture *fixture)
{
	int fds[QUOTA_USER_CONNECTIONS];

	for (size_t i = 0; i < QUOTA_USER_STREAMS; i++) {
		fds[i] = follow(fixture);
		get_until(fds[i], "HTTP/1.1 200 ");
	}
	EXPECT(is_error(fixture, "/v1/events?follow=1", "HTTP/1.1 429 "));
	for (size_t i = QUOTA_USER_STREAMS; i < QUOTA_USER_CONNECTIONS; i++)
		fds[i] = connect_to(fixture);
	EXPECT(is_error(fixture, "/v1/status", "HTTP/1.1 429 "));
	for (size_t i = 0; i < QUOTA_USER_CONNECTIONS; i++)
		close(fds[i]);
	/* The server may not have seen all of them go yet. */
	for (double deadline = now_seconds() + WAIT_SECONDS;;) {
		_free_ char *answer = request(fixture, "GET", "/v1/status");

		if (!strncmp(answer, "HTTP/1.1 200 ", 13))
			break;
		EXPECT(now_seconds() < deadline);
	}
}

static void stranger_is_looked_at_anew(const struct fixture *fixture)
{
	order(fixture, TURN_SETUID);
	server_fds(fixture);
	EXPECT(is_error(fixture, "/v1/processes/2000", "HTTP/1.1 404 "));
}

static void stranger_asks_while_it_turns(const struct fixture *fixture)
{
	json_decref(fetch(fixture, "/v1/processes/2000"));
	order(fixture, TURN_AT_COMMAND);
	server_fds(fixture);
	EXPECT(is_error(fixture, "/v1/processes/2000", "HTTP/1.1 404 "));
}

static void stranger_asks_while_it_execs(const struct fixture *fixture)
{
	json_decref(fetch(fixture, "/v1/processes/2000"));
	order(fixture, EXEC_IN_LIST);
	server_fds(fixture);
	EXPECT(is_error(fixture, "/v1/processes/2000", "HTTP/1.1 404 "));
}

static void stranger_asks_too_much(const struct fixture *fixture)
{
	order(fixture, GROW);
	server_fds(fixture);
	EXPECT(is_error(fixture, "/v1/processes/2000", "HTTP/1.1 413 "));
	json_decref(fetch(fixture, "/v1/processes"));
}

static void test_stranger_sees_own(void **state)
{
	as_stranger(state, stranger_sees_own);
}

static void test_stranger_sees_own_events(void **state)
{
	as_stranger(state, stranger_sees_own_events);
}

static void test_stranger_has_a_quota(void **state)
{
	int32_t before = server_fds(*state);

	as_stranger(state, stranger_has_a_quota);
	json_decref(fetch(*state, "/v1/status"));
	expect_fds(*state, before);
}

static void test_stranger_is_looked_at_anew(void **state)
{
	as_stranger(state, stranger_is_looked_at_anew);
}

static void test_stranger_asks_while_it_turns(void **state)
{
	as_stranger(state, stranger_asks_while_it_turns);
}

static void test_stranger_asks_while_it_execs(void **state)
{
	as_stranger(state, stranger_asks_while_it_execs);
	if (getuid() == 0) /* who sees all gets it nevertheless */
		json_decref(fetch(*state, "/v1/processes/2000"));
}

static void test_stranger_asks_too_much(void **state)
{
	json_t *json;

	as_stranger(state, stranger_asks_too_much);
	if (getuid() != 0)
		return;
	json = fetch(*state, "/v1/processes/2000");
	assert_int_equal(json_array_size(json_object_get(json, "descriptors")), 300000);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_answers),
		SERVED(test_rows),
		SERVED(test_errors),
		SERVED(test_head_request),
		SERVED(test_malformed),
		SERVED(test_cut_short),
		SERVED(test_byte_by_byte),
		SERVED(test_long_line),
		SERVED(test_cookies),
		SERVED(test_largest_head),
		SERVED(test_body),
		SERVED(test_idle_connections),
		SERVED(test_crowd),
		SERVED(test_descriptors_stay_flat),
		SERVED(test_stranger_sees_own),
		SERVED(test_stranger_sees_own_events),
		SERVED(test_stranger_has_a_quota),
		SERVED(test_stranger_is_looked_at_anew),
		SERVED(test_stranger_asks_while_it_turns),
		SERVED(test_stranger_asks_while_it_execs),
		SERVED(test_stranger_asks_too_much),
	};

	return RUN_TESTS(tests);
}
