// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "serve/head.h"

static void expect(const char *bytes, size_t length, unsigned status)
{
	_free_ char *copy = malloc(length + 1); /* so that a sanitizer sees a byte too many */
	const char *error = NULL;

	copy = realloc(copy, length ?: 1);
	memcpy(copy, bytes, length);
	assert_int_equal(head_check(copy, length, &error), status);
	assert_int_equal(error != NULL, status > HEAD_PARTIAL);
}

static void test_wholes(void **state)
{
	static const char *const heads[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.0\n\n",
		"GET /v1/processes?sort=fds&limit=3 HTTP/1.1\r\nHost: a\r\nAccept:\t*/*\r\n\r\n",
		"POST / HTTP/1.1\r\ncontent-length: 12 \r\n\r\nbody \x01\xff\r",
		"BREW / HTTP/1.1\r\nX:\r\n\r\n",
		"GET /%01%0 HTTP/1.1\r\nCookie: a=b; c=d\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		expect(heads[i], strlen(heads[i]), HEAD_WHOLE);
}

static void test_parts(void **state)
{
	static const char head[] = "GET /v1/status HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";

	(void)state;
	for (size_t length = 0; length < sizeof(head) - 1; length++)
		expect(head, length, HEAD_PARTIAL);
	expect(head, sizeof(head) - 1, HEAD_WHOLE);
}

static void test_malformed(void **state)
{
	static const char *const heads[] = {
		"\r\n",
		"\n",
		"\x01",
		"GET \x7f",
		"GET / HTTP\r/1.1",
		"garbage\r\n",
		"GET\r\n",
		"GET /\r\n",
		" GET / HTTP/1.1\r\n",
		"GET  / HTTP/1.1\r\n",
		"GET / HTTP/1.1 \r\n",
		"GET /a b HTTP/1.1\r\n",
		"get / HTTP/1.1\r\n",
		"GET nothing HTTP/1.1\r\n",
		"GET /\xc3\xa9 HTTP/1.1\r\n",
		"GET / FTP/1.1\r\n",
		"GET /v1/status%00junk HTTP/1.1\r\n",
		"GET /v1/processes?limit=1%00x HTTP/1.1\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n",
		"GET / HTTP/1.1\r\n: no name\r\n",
		"GET / HTTP/1.1\r\nname : value\r\n",
		"GET / HTTP/1.1\r\n folded: line\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\x02",
		"GET / HTTP/1.1\r\nContent-Length: x\r\n",
		"GET / HTTP/1.1\r\nContent-Length:\r\n",
		"GET / HTTP/1.1\r\nCONTENT-LENGTH: -1\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		expect(heads[i], strlen(heads[i]), 400);
	expect("GET /\0 HTTP/1.1\r\n", 17, 400);
}

static void test_versions(void **state)
{
	(void)state;
	expect("GET / HTTP/2\r\n", 14, 505);
	expect("GET / HTTP/1.10\r\n", 17, 505);
}

static void test_long_line(void **state)
{
	char text[HEAD_MAX];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	expect(text, HEAD_LINE_MAX, HEAD_PARTIAL);
	expect(text, HEAD_LINE_MAX + 1, 414);
	memcpy(text + HEAD_LINE_MAX + 10, "\r\n", 2);
	expect(text, sizeof(text), 414);
}

static void test_many(void **state)
{
	static const char line[] = "GET / HTTP/1.1\r\n";
	char text[HEAD_MAX];
	int length = snprintf(text, sizeof(text), "%s", line);

	(void)state;
	for (int i = 0; i <= HEAD_FIELDS_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "a:b\r\n");
	expect(text, (size_t)length, 431);
	length = snprintf(text, sizeof(text), "GET /?");
	for (int i = 0; i <= HEAD_ARGUMENTS_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "a&");
	length += snprintf(text + length, sizeof(text) - (size_t)length, " HTTP/1.1\r\n\r\n");
	expect(text, (size_t)length, 414);
	memset(text, 'a', sizeof(text));
	memcpy(text, line, sizeof(line) - 1);
	expect(text, sizeof(text) - 1, HEAD_PARTIAL);
	expect(text, sizeof(text), 431);
}

static void expect_cookies(const char *name, const char *cookie, size_t times, unsigned status)
{
	char text[HEAD_MAX];
	int length = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s:", name);

	for (size_t i = 0; i < times; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s", cookie);
	length += snprintf(text + length, sizeof(text) - (size_t)length, "\r\n\r\n");
	expect(text, (size_t)length, status);
}

static void test_cookies(void **state)
{
	(void)state;
	expect_cookies("Cookie", "a=b;", HEAD_COOKIES_MAX - 1, HEAD_WHOLE);
	expect_cookies("cookie", "a=b;", HEAD_COOKIES_MAX, 431);
	expect_cookies("COOKIE", "a=b,", HEAD_COOKIES_MAX, 431);
	expect_cookies("Cookie", "a", HEAD_COOKIE_MAX, HEAD_WHOLE);
	expect_cookies("Cookie", "a", HEAD_COOKIE_MAX + 1, 431);
	expect_cookies("Cookies", "a=b;", 1000, HEAD_WHOLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wholes),    cmocka_unit_test(test_parts),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_long_line), cmocka_unit_test(test_many),
		cmocka_unit_test(test_cookies),
	};

	return RUN_TESTS(tests);
}
