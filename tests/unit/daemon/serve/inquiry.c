// SPDX-License-Identifier: BSD-2-Clause
#include "serve/inquiry.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Who keeps incidents, and answers when it is told to. */
struct keeper {
	struct incident_reading reading;
	int result;
	int woken;
};

static int ask(const struct incident_reading *reading, void *data)
{
	struct keeper *keeper = data;

	keeper->reading = *reading;
	return keeper->result;
}

static void on_woken(void *data)
{
	((struct keeper *)data)->woken++;
}

static const struct incident incident = {
	.id = 1700000000000000,
	.began = 1700000000000000,
	.opened = 1700000000000000,
	.changed = 1700000001500000,
	.fds = 900,
	.fds_highest = 1000,
	.soft_limit = 1024,
	.refusals = {[CAUSE_NOFILE] = 3},
	.state = STATE_CRITICAL,
	.worst = STATE_EXHAUSTED,
	.pid = 42,
	.uid = 7,
	.comm = "x\033y",
};

static struct inquiry *inquire(struct keeper *keeper, const struct route *route,
			       const struct peer *peer)
{
	struct serve_source source = {.incidents = ask, .data = keeper};

	return inquiry_new(&source, peer, route, 0, on_woken, keeper);
}

static void find(const struct keeper *keeper, const char *box)
{
	keeper->reading.found(&incident, box, box ? strlen(box) : 0, keeper->reading.data);
}

static void finish(const struct keeper *keeper, int result)
{
	keeper->reading.done(result, keeper->reading.data);
}

/* The answer, with its status. */
static json_t *answer(struct inquiry *inquiry, unsigned status)
{
	struct writer body = {};
	json_t *json;

	assert_int_equal(inquiry_answer(inquiry, false, &body), status);
	json = json_loadb(body.data, body.length, 0, NULL);
	assert_non_null(json);
	writer_free(&body);
	inquiry_drop(inquiry);
	return json;
}

static const char *text(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void all_of_them(void **state)
{
	struct keeper keeper = {};
	struct peer peer = {.uid = 7};
	struct route route = {.kind = ROUTE_INCIDENTS, .limit = 5};
	struct inquiry *inquiry = inquire(&keeper, &route, &peer);
	struct writer body = {};
	json_t *json, *one;

	(void)state;
	assert_int_equal(keeper.reading.query.limit, 5);
	assert_int_equal(keeper.reading.query.uid, 7);
	assert_false(keeper.reading.query.all);
	assert_int_equal(inquiry_answer(inquiry, false, &body), 0); /* not yet */
	find(&keeper, NULL);
	find(&keeper, NULL);
	assert_int_equal(keeper.woken, 0);
	finish(&keeper, 0);
	assert_int_equal(keeper.woken, 1);
	json = answer(inquiry, 200);
	assert_int_equal(json_array_size(json_object_get(json, "incidents")), 2);
	one = json_array_get(json_object_get(json, "incidents"), 1);
	assert_int_equal(json_integer_value(json_object_get(one, "id")), 1700000000000000);
	assert_string_equal(text(one, "time"), "2023-11-14T22:13:20.000000Z");
	assert_string_equal(text(one, "type"), "process");
	assert_string_equal(text(one, "state"), "critical");
	assert_string_equal(text(one, "worst_state"), "exhausted");
	assert_string_equal(text(one, "comm"), "x\033y");
	assert_true(json_is_null(json_object_get(one, "unit")));
	assert_true(json_is_null(json_object_get(one, "ended_time")));
	assert_true(json_is_null(json_object_get(one, "ended_by")));
	assert_null(json_object_get(one, "descriptors"));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "refusals"),
							    "RLIMIT_NOFILE")),
			 3);
	json_decref(json);
}

static void one_with_its_box(void **state)
{
	static const char *const boxes[] = {"{\"kinds\":{\"file\":3},\"descriptors\":[]}", NULL,
					    "edited"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct keeper keeper = {};
		struct peer peer = {.sees_all = true};
		struct route route = {.kind = ROUTE_INCIDENT, .incident = 9};
		struct inquiry *inquiry = inquire(&keeper, &route, &peer);
		json_t *json;

		assert_int_equal(keeper.reading.query.id, 9);
		assert_true(keeper.reading.query.all);
		find(&keeper, boxes[i]);
		finish(&keeper, 0);
		json = answer(inquiry, 200);
		assert_int_equal(json_is_object(json_object_get(json, "kinds")), i == 0);
		assert_int_equal(json_is_null(json_object_get(json, "descriptors")), i != 0);
		json_decref(json);
	}
}

static void one_that_is_not_there(void **state)
{
	struct keeper keeper = {};
	struct peer peer = {.uid = 7};
	struct route route = {.kind = ROUTE_INCIDENT, .incident = 9};
	struct inquiry *inquiry = inquire(&keeper, &route, &peer);
	json_t *json;

	(void)state;
	finish(&keeper, 0);
	json = answer(inquiry, 404);
	assert_string_equal(text(json, "error"), "no incident 9 that you may see");
	json_decref(json);
}

static void what_can_not_be_read_is_said(void **state)
{
	struct keeper keeper = {};
	struct peer peer = {.uid = 7};
	struct route route = {.kind = ROUTE_INCIDENTS};
	struct inquiry *inquiry = inquire(&keeper, &route, &peer);
	struct writer body = {};
	json_t *json;

	(void)state;
	assert_int_equal(inquiry_answer(inquiry, true, &body), 503); /* nobody waits longer */
	writer_free(&body);
	finish(&keeper, -EIO);
	json = answer(inquiry, 503);
	assert_non_null(strstr(text(json, "error"), strerror(EIO)));
	json_decref(json);
	keeper.result = -ENOBUFS;
	json = answer(inquire(&keeper, &route, &peer), 503);
	assert_non_null(strstr(text(json, "error"), "too many questions"));
	json_decref(json);
	keeper.result = -ENOMEM;
	json = answer(inquire(&keeper, &route, &peer), 503);
	assert_non_null(strstr(text(json, "error"), strerror(ENOMEM)));
	json_decref(json);
	assert_int_equal(keeper.woken, 1); /* by the first alone */
}

/* The client goes away before the answer is there, or after. */
static void dropped(void **state)
{
	struct keeper keeper = {};
	struct peer peer = {.uid = 7};
	struct route route = {.kind = ROUTE_INCIDENTS};
	struct inquiry *inquiry = inquire(&keeper, &route, &peer);

	(void)state;
	inquiry_drop(inquiry);
	find(&keeper, NULL); /* the thread is still at it */
	finish(&keeper, 0);
	assert_int_equal(keeper.woken, 0);
	inquiry = inquire(&keeper, &route, &peer);
	finish(&keeper, 0);
	inquiry_drop(inquiry);
	inquiry_drop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_them),
		cmocka_unit_test(one_with_its_box),
		cmocka_unit_test(one_that_is_not_there),
		cmocka_unit_test(what_can_not_be_read_is_said),
		cmocka_unit_test(dropped),
	};

	return RUN_TESTS(tests);
}
