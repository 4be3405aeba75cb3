// SPDX-License-Identifier: BSD-2-Clause
/* Events as they reach those who read them. */
#include "daemon/serve/served.h"

static void test_history(void **state)
{
	order(*state, ADD_EVENT);
	order(*state, ADD_OWN_EVENT);
	server_fds(*state); /* both are there now */
	_free_ char *answer = request(*state, "GET", "/v1/events");

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(answer, "\"pid\":1000"));
	assert_non_null(strstr(answer, "\"pid\":2000"));
}

static void test_follow(void **state)
{
	int32_t before = server_fds(*state);
	int fd = follow(*state);
	double started;

	get_until(fd, "\r\n\r\n"); /* before there is any event */
	started = now_seconds();
	for (int i = 0; i < 50; i++) {
		order(*state, i % 2 ? ADD_EVENT : ADD_OWN_EVENT);
		get_until(fd, i % 2 ? "\"pid\":1000" : "\"pid\":2000");
	}
	assert_true((now_seconds() - started) / 50 < 0.1); /* seconds each */
	close(fd);
	expect_fds(*state, before); /* noticed though there was nothing to send */
}

static void test_slow_follower(void **state)
{
	_close_ int fd = follow(*state);

	get_until(fd, "\r\n\r\n");
	for (int i = 0; i < 20; i++)
		order(*state, ADD_FLOOD);
	server_fds(*state);
	get_until(fd, "\"type\":\"lost\",\"count\":");
	order(*state, ADD_OWN_EVENT);
	get_until(fd, "\"pid\":2000");
}

/* The history is forgotten while it is being read: that is told, and the answer ends well. */
static void test_slow_reader(void **state)
{
	static const char text[] = "GET /v1/events HTTP/1.1\r\nHost: fdwatch\r\n\r\n";
	_close_ int fd = connect_to(*state);

	order(*state, ADD_FLOOD);
	server_fds(*state);
	assert_true(put(fd, text, sizeof(text) - 1));
	get_until(fd, "\r\n\r\n");
	order(*state, ADD_FLOOD);
	order(*state, ADD_OWN_EVENT);
	server_fds(*state);
	_free_ char *rest = get_all(fd);
	const char *lost = strstr(rest, "\"type\":\"lost\",\"count\":");

	assert_non_null(lost);
	assert_null(strstr(lost + 1, "\"type\":\"lost\""));
	assert_null(strstr(lost, "\"pid\":")); /* all that is newer came after the question */
	assert_string_equal(rest + strlen(rest) - 5, "0\r\n\r\n");
}

/* What was forgotten before anybody asked is not lost. */
static void test_history_after_a_flood(void **state)
{
	order(*state, ADD_FLOOD);
	order(*state, ADD_OWN_EVENT);
	server_fds(*state);
	_free_ char *answer = request(*state, "GET", "/v1/events");

	assert_null(strstr(answer, "\"lost\""));
	assert_non_null(strstr(answer, "\"pid\":2000"));
}

/* Ends with a follower that sleeps and one that is in the middle of its answer. */
static void test_stop_while_followed(void **state)
{
	int sleeper = follow(*state), busy;

	get_until(sleeper, "\r\n\r\n");
	for (int i = 0; i < 4; i++)
		order(*state, ADD_FLOOD);
	busy = follow(*state);
	get_until(busy, "\r\n\r\n");
	assert_int_equal(end_child(*state), 0);
	free(get_all(sleeper));
	close(sleeper);
	close(busy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_history),
		SERVED(test_follow),
		SERVED(test_slow_follower),
		SERVED(test_slow_reader),
		SERVED(test_history_after_a_flood),
		SERVED(test_stop_while_followed),
	};

	return RUN_TESTS(tests);
}
