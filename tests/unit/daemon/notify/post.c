// SPDX-License-Identifier: BSD-2-Clause
#include "notify/post.h"

#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

#include "listening.h"

static struct listening server;
static struct post *post;
static char credentials_file[] = "/tmp/fdw-post-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	server = (struct listening){};
	listening_begin(&server, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	post_free(post);
	post = NULL;
	listening_end(&server);
	return 0;
}

static void aim(unsigned port, const char *credentials)
{
	struct failure failure;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/api/v2/alerts", port);
	post_free(post);
	assert_int_equal(post_new(&post, url, "", credentials, &failure), 0);
}

static void test_posts(void **state)
{
	char error[POST_ERROR_SIZE];

	(void)state;
	aim(server.port, "");
	for (int i = 0; i < 3; i++)
		assert_int_equal(post_send(post, "[{\"a\":\"b\"}]", error), 0);
	assert_int_equal(server.count, 3);
	assert_string_equal(server.path, "/api/v2/alerts");
	assert_string_equal(server.type, "application/json");
	assert_string_equal(server.user, ":");
	assert_int_equal(json_array_size(server.documents[0]), 1);
}

/* Read for each document, so that a change of them is known at once. */
static void test_credentials(void **state)
{
	char error[POST_ERROR_SIZE];
	FILE *file;

	(void)state;
	close(mkstemp(credentials_file));
	aim(server.port, credentials_file);
	assert_int_equal(post_send(post, "[]", error), -EACCES);
	assert_non_null(strstr(error, credentials_file));
	file = fopen(credentials_file, "w");
	fputs("alice:s3cret:x\n", file);
	fclose(file);
	assert_int_equal(post_send(post, "[]", error), 0);
	assert_string_equal(server.user, "alice:s3cret:x");
	unlink(credentials_file);
}

static void test_refused(void **state)
{
	char error[POST_ERROR_SIZE];

	(void)state;
	aim(server.port, "");
	server.status = 503;
	assert_int_equal(post_send(post, "[]", error), -EPROTO);
	assert_string_equal(error, "HTTP status 503: not\\x1b now");
	server.status = 302; /* nobody is followed elsewhere */
	assert_int_equal(post_send(post, "[]", error), -EPROTO);
	server.status = 200;
	assert_int_equal(post_send(post, "[]", error), 0);
}

/* It would keep us reading until the deadline, 15 s. */
static void test_answer_without_end(void **state)
{
	char error[POST_ERROR_SIZE];

	(void)state;
	server.endless = true;
	aim(server.port, "");
	assert_int_equal(post_send(post, "[]", error), -EIO);
	assert_string_equal(error, "its answer has no end");
	server.endless = false;
	assert_int_equal(post_send(post, "[]", error), 0);
}

static void test_nobody_there(void **state)
{
	char error[POST_ERROR_SIZE] = "";
	unsigned port = server.port;

	(void)state;
	listening_end(&server);
	aim(port, "");
	assert_int_equal(post_send(post, "[]", error), -EIO);
	assert_non_null(strstr(error, "onnect"));
	listening_begin(&server, port);
	assert_int_equal(post_send(post, "[]", error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_posts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_credentials, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answer_without_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_there, set_up, tear_down),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return RUN_TESTS(tests);
}
