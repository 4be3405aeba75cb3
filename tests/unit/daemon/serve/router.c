// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <string.h>

#include "serve/router.h"

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		unsigned status;
		enum route_kind kind;
		int32_t pid;
	} cases[] = {
		{"/v1/status", 0, ROUTE_STATUS, 0},
		{"/v1/processes", 0, ROUTE_PROCESSES, 0},
		{"/v1/events", 0, ROUTE_EVENTS, 0},
		{"/v1/processes/1", 0, ROUTE_PROCESS, 1},
		{"/v1/processes/2147483647", 0, ROUTE_PROCESS, INT32_MAX},
		{"/v1/processes/2147483648", 400, 0, 0},
		{"/v1/processes/18446744073709551617", 400, 0, 0},
		{"/v1/processes/0", 400, 0, 0},
		{"/v1/processes/", 400, 0, 0},
		{"/v1/processes/+1", 400, 0, 0},
		{"/v1/processes/ 1", 400, 0, 0},
		{"/v1/processes/1x", 400, 0, 0},
		{"/v1/processes/1/samples", 0, ROUTE_SAMPLES, 1},
		{"/v1/processes/x/samples", 400, 0, 0},
		{"/v1/processes/1/samples/", 404, 0, 0},
		{"/v1/processes/1/", 404, 0, 0},
		{"/v1/sites", 0, ROUTE_SITES, 0},
		{"/v1/runs", 0, ROUTE_RUNS, 0},
		{"/v1/runs/17", 0, ROUTE_RUN, 0},
		{"/v1/runs/0", 400, 0, 0},
		{"/v1/runs/", 400, 0, 0},
		{"/v1/runs/1/", 400, 0, 0},
		{"/v1/processes/7/track", 0, ROUTE_TRACK, 7},
		{"/v1/processes/0/track", 400, 0, 0},
		{"/v1/processes//track", 400, 0, 0},
		{"/v1/processes/7/track/", 404, 0, 0},
		{"/v1/processes/123456789012/track", 404, 0, 0},
		{"/v1/incidents", 0, ROUTE_INCIDENTS, 0},
		{"/v1/incidents/9007199254740992", 0, ROUTE_INCIDENT, 0},
		{"/v1/incidents/9007199254740993", 400, 0, 0},
		{"/v1/incidents/0", 400, 0, 0},
		{"/v1/incidents/-1", 400, 0, 0},
		{"/v1/incidents/", 400, 0, 0},
		{"/v1/incidents/1/", 400, 0, 0},
		{"/v1/statuses", 404, 0, 0},
		{"/", 404, 0, 0},
		{"", 404, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[ROUTE_ERROR_SIZE] = "";
		struct route route;

		assert_int_equal(route_path(&route, cases[i].path, error), cases[i].status);
		assert_int_equal(error[0] != '\0', cases[i].status != 0);
		if (cases[i].status)
			continue;
		assert_int_equal(route.kind, cases[i].kind);
		assert_int_equal(route.pid, cases[i].pid);
	}
}

static void expect_argument(const char *path, const char *key, const char *value, unsigned status,
			    struct route *route)
{
	char error[ROUTE_ERROR_SIZE] = "";

	assert_int_equal(route_path(route, path, error), 0);
	assert_int_equal(route_argument(route, key, value, error), status);
	assert_int_equal(error[0] != '\0', status != 0);
}

static void expect_method(const char *path, const char *method, unsigned status)
{
	char error[ROUTE_ERROR_SIZE] = "";
	struct route route;

	assert_int_equal(route_path(&route, path, error), 0);
	assert_int_equal(route_method(&route, method, error), status);
	assert_int_equal(error[0] != '\0', status != 0);
	assert_int_equal(route.removes, !strcmp(method, "DELETE"));
}

static void test_methods(void **state)
{
	(void)state;
	expect_method("/v1/status", "GET", 0);
	expect_method("/v1/status", "HEAD", 0);
	expect_method("/v1/status", "PUT", 405);
	expect_method("/v1/status", "GE", 405);
	expect_method("/v1/status", "EAD", 405);
	expect_method("/v1/processes/1/track", "PUT", 0);
	expect_method("/v1/processes/1/track", "DELETE", 0);
	expect_method("/v1/processes/1/track", "GET", 405);
	expect_method("/v1/runs", "POST", 0);
	expect_method("/v1/runs", "GET", 405);
	expect_method("/v1/runs/1", "GET", 0);
	expect_method("/v1/runs/1", "PUT", 0);
	expect_method("/v1/runs/1", "DELETE", 405);
}

static void test_body(void **state)
{
	static const struct {
		const char *body;
		int32_t pid;
	} cases[] = {
		{"{\"pid\":17}", 17},
		{" { \"pid\" : 17 } \n", 17},
		{"{\"pid\":0}", 0},
		{"{\"pid\":-1}", 0},
		{"{\"pid\":17", 0},
		{"{\"pid\":17} x", 0},
		{"{\"pid\":17777777777}", 0},
		{"", 0},
		{"pid", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[ROUTE_ERROR_SIZE] = "";
		struct route route = {};
		unsigned status = route_body(&route, cases[i].body, strlen(cases[i].body), error);

		assert_int_equal(status, cases[i].pid ? 0 : 400);
		assert_int_equal(route.pid, cases[i].pid);
	}
}

static void test_arguments(void **state)
{
	struct route route;

	(void)state;
	expect_argument("/v1/processes", "sort", "comm", 0, &route);
	assert_int_equal(route.sort, SORT_COMM);
	expect_argument("/v1/processes", "sort", "", 400, &route);
	expect_argument("/v1/processes", "sort", NULL, 400, &route);
	expect_argument("/v1/processes", "sort", "colour", 400, &route);
	expect_argument("/v1/processes", "limit", "7", 0, &route);
	assert_int_equal(route.limit, 7);
	assert_int_equal(route.sort, SORT_USAGE);
	expect_argument("/v1/processes", "limit", "0", 400, &route);
	expect_argument("/v1/processes", "limit", "-1", 400, &route);
	expect_argument("/v1/processes", "limit", "1e3", 400, &route);
	expect_argument("/v1/processes", "limit", "99999999999999999999", 400, &route);
	expect_argument("/v1/processes", "limit", NULL, 400, &route);
	expect_argument("/v1/events", "follow", "1", 0, &route);
	assert_true(route.follow);
	expect_argument("/v1/events", "follow", "0", 0, &route);
	assert_false(route.follow);
	expect_argument("/v1/events", "follow", "yes", 400, &route);
	expect_argument("/v1/events", "sort", "fds", 400, &route);
	expect_argument("/v1/incidents", "limit", "10000", 0, &route);
	assert_int_equal(route.limit, 10000);
	expect_argument("/v1/incidents", "limit", "10001", 400, &route);
	expect_argument("/v1/incidents", "limit", "0", 400, &route);
	expect_argument("/v1/incidents/7", "limit", "1", 400, &route);
	expect_argument("/v1/status", "limit", "1", 400, &route);
	expect_argument("/v1/rows", "max_age_seconds", "0.5", 0, &route);
	assert_int_equal(route.max_age, 500000);
	expect_argument("/v1/rows", "max_age_seconds", "0", 400, &route);
	expect_argument("/v1/rows", "max_age_seconds", "-1", 400, &route);
	expect_argument("/v1/rows", "max_age_seconds", "nan", 400, &route);
	expect_argument("/v1/rows", "max_age_seconds", "1s", 400, &route);
	expect_argument("/v1/rows", "max_age_seconds", NULL, 400, &route);
	expect_argument("/v1/rows", "limit", "1", 400, &route);
	expect_argument("/v1/sites", "wait", "0", 0, &route);
	assert_true(route.impatient);
	expect_argument("/v1/processes/7", "wait", "1", 0, &route);
	assert_false(route.impatient);
	expect_argument("/v1/sites", "wait", "no", 400, &route);
	expect_argument("/v1/status", "wait", "0", 400, &route);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_body),
	};

	return RUN_TESTS(tests);
}
