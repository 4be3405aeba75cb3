// SPDX-License-Identifier: BSD-2-Clause
#include "notify/alert.h"

#include <errno.h>

#include "told.h"

#define NOW 1714979300000000ULL
#define KEEP 240000000ULL

static struct alerts alerts;

static int set_up(void **state)
{
	(void)state;
	alerts_init(&alerts);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	alerts_close(&alerts);
	return 0;
}

static struct alert *take(const struct notice *notice)
{
	uint64_t replaced;

	assert_int_equal(alerts_take(&alerts, notice, "host.example", &replaced), 0);
	assert_int_equal(replaced, 0);
	return alerts_find(&alerts, notice->incident);
}

static json_t *written(const struct alert *alert, bool ends)
{
	json_t *array = json_array();

	assert_int_equal(alert_write(alert, array, ends, NOW, KEEP), 0);
	return array;
}

static const char *text(const json_t *array, size_t i, const char *part, const char *name)
{
	const json_t *object = json_array_get(array, i);

	return json_string_value(json_object_get(json_object_get(object, part), name));
}

static const char *time_of(const json_t *array, size_t i, const char *name)
{
	return json_string_value(json_object_get(json_array_get(array, i), name));
}

static void expect(const struct alert *alert, bool ends, const char *severities, const char *until)
{
	json_t *array = written(alert, ends);
	char found[64] = "";

	for (size_t i = 0; i < json_array_size(array); i++) {
		ADD_TEXT(found, text(array, i, "labels", "severity"));
		ADD_TEXT(found, " ");
		if (until)
			assert_string_equal(time_of(array, i, "endsAt"), until);
	}
	assert_string_equal(found, severities);
	json_decref(array);
}

static void test_one(void **state)
{
	struct notice notice = usual_notice(1, 17);
	json_t *array = written(take(&notice), true);
	char *labels;

	(void)state;
	assert_int_equal(json_array_size(array), 1);
	labels = json_dumps(json_object_get(json_array_get(array, 0), "labels"),
			    JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(labels, "{\"alertname\":\"FdExhaustion\",\"comm\":\"nginx\","
				    "\"instance\":\"host.example\",\"job\":\"fdwatch\","
				    "\"pid\":\"812\",\"resource\":\"RLIMIT_NOFILE\","
				    "\"severity\":\"warning\",\"unit\":\"nginx.service\","
				    "\"user\":\"www-data\"}");
	free(labels);
	assert_string_equal(time_of(array, 0, "startsAt"), "2024-05-06T07:06:40.000000Z");
	assert_string_equal(time_of(array, 0, "endsAt"), "2024-05-06T07:12:20.000000Z");
	assert_string_equal(text(array, 0, "annotations", "incident"), "17");
	assert_string_equal(text(array, 0, "annotations", "state"), "warning");
	assert_string_equal(text(array, 0, "annotations", "exhausted_by"),
			    "2024-05-06T09:18:09.000010Z");
	assert_non_null(strstr(text(array, 0, "annotations", "summary"), "812 of 1024 open"));
	json_decref(array);
}

/* Each severity fires from its state on, and ends when the state is less. */
static void test_severities(void **state)
{
	struct notice notice = usual_notice(1, 17);
	struct alert *alert = take(&notice);

	(void)state;
	expect(alert, true, "warning ", "2024-05-06T07:12:20.000000Z");
	notice.event_id = 2;
	notice.step = NOTICE_CHANGED;
	notice.state = STATE_CRITICAL;
	expect(take(&notice), true, "warning critical ", "2024-05-06T07:12:20.000000Z");
	notice.event_id = 3;
	notice.state = STATE_EXHAUSTED;
	expect(take(&notice), true, "warning critical ", "2024-05-06T07:12:20.000000Z");
	notice.event_id = 4;
	notice.state = STATE_WARNING;
	expect(take(&notice), true, "warning critical ", NULL);
	expect(alert, false, "warning ", "2024-05-06T07:12:20.000000Z"); /* its end is told once */
	assert_false(alert_is_over(alert));
	notice.event_id = 5;
	end_notice(&notice, INCIDENT_RECOVERED, STATE_EXHAUSTED);
	notice.ended = 1714979290000000;
	expect(take(&notice), true, "warning critical ", "2024-05-06T07:08:10.000000Z");
	assert_true(alert_is_over(alert));
	expect(alert, false, "", NULL);
}

/* What never was critical has no such end. */
static void test_end_of_a_warning(void **state)
{
	struct notice notice = usual_notice(1, 17);

	(void)state;
	take(&notice);
	notice.event_id = 2;
	end_notice(&notice, INCIDENT_RECOVERED, STATE_WARNING);
	expect(take(&notice), true, "warning ", "2024-05-06T07:08:09.000010Z"); /* real_time's */
}

/* After a restart the last notice is all there is, and tells what may stand at Alertmanager. */
static void test_end_after_a_restart(void **state)
{
	struct notice notice = usual_notice(9, 17);
	json_t *array;

	(void)state;
	end_notice(&notice, INCIDENT_EXITED, STATE_EXHAUSTED);
	array = written(take(&notice), true);
	assert_int_equal(json_array_size(array), 2);
	assert_string_equal(text(array, 1, "annotations", "state"), "exhausted");
	assert_string_equal(text(array, 1, "annotations", "worst_state"), "exhausted");
	assert_string_equal(text(array, 1, "annotations", "ended_by"), "process ended");
	assert_string_equal(text(array, 1, "annotations", "description"),
			    "fdwatch incidents 17 shows what it held.");
	json_decref(array);
	notice = usual_notice(10, 18);
	notice.pid = 813;
	notice.step = NOTICE_CHANGED;
	notice.worst = STATE_CRITICAL;
	expect(take(&notice), true, "warning critical ", NULL);
}

static void test_never_before_its_beginning(void **state)
{
	struct notice notice = usual_notice(9, 17);

	(void)state;
	end_notice(&notice, INCIDENT_RECOVERED, STATE_WARNING);
	notice.ended = notice.opened - 1000000; /* the clock was set */
	expect(take(&notice), true, "warning ", "2024-05-06T07:06:40.000000Z");
}

/* It was put back while the alarm stood, and whoever told of its end did not know. */
static void test_a_clock_put_back(void **state)
{
	struct notice notice = usual_notice(9, 17);
	struct alert *alert;
	json_t *array;

	(void)state;
	notice.opened = NOW + 3600000000;
	alert = take(&notice);
	expect(alert, true, "warning ", "2024-05-06T08:08:20.000000Z"); /* stands */
	notice.event_id = 10;
	end_notice(&notice, INCIDENT_RECOVERED, STATE_WARNING);
	notice.ended = notice.opened + 1000000;
	alert = take(&notice);
	expect(alert, true, "warning ", "2024-05-06T07:08:20.000000Z");
	array = written(alert, true);
	assert_string_equal(time_of(array, 0, "startsAt"), "2024-05-06T07:08:20.000000Z");
	json_decref(array);
}

/* An older notice changes nothing, and a name's change makes no other alert of it. */
static void test_labels_stay(void **state)
{
	struct notice notice = usual_notice(5, 17);
	json_t *first, *second;
	struct alert *alert = take(&notice);

	(void)state;
	first = written(alert, false);
	notice.event_id = 4;
	notice.state = STATE_CRITICAL;
	assert_int_equal(take(&notice)->notice.event_id, 5);
	notice.event_id = 6;
	notice.state = STATE_WARNING;
	PUT_TEXT(notice.comm, "other");
	notice.unit[0] = '\0';
	second = written(take(&notice), false);
	assert_true(json_equal(json_object_get(json_array_get(first, 0), "labels"),
			       json_object_get(json_array_get(second, 0), "labels")));
	assert_string_not_equal(text(first, 0, "annotations", "summary"),
				text(second, 0, "annotations", "summary"));
	json_decref(first);
	json_decref(second);
}

/* A process alarmed anew, while the end of its former alarm is not told: one alert, that goes on.
 */
static void test_takes_the_place(void **state)
{
	struct notice notice = usual_notice(1, 17);
	uint64_t replaced;

	(void)state;
	take(&notice);
	notice = usual_notice(2, 18);
	assert_int_equal(alerts_take(&alerts, &notice, "host.example", &replaced), 0);
	assert_int_equal(replaced, 0); /* the former is not over */
	assert_int_equal(alerts.count, 2);
	notice = usual_notice(3, 17);
	end_notice(&notice, INCIDENT_EXITED, STATE_WARNING);
	take(&notice);
	notice = usual_notice(4, 19);
	assert_int_equal(alerts_take(&alerts, &notice, "host.example", &replaced), 0);
	assert_int_equal(replaced, 17);
	assert_int_equal(alerts.count, 2);
	assert_null(alerts_find(&alerts, 17));
	assert_non_null(alerts_find(&alerts, 19));
}

static void test_system(void **state)
{
	struct notice notice = usual_notice(1, 17);
	json_t *array;

	(void)state;
	notice.scope = NOTICE_SYSTEM;
	notice.uid = NOTICE_NOBODY;
	notice.eta = NAN;
	notice.user[0] = notice.comm[0] = notice.unit[0] = '\0';
	PUT_TEXT(notice.resource, "fs.file-max");
	array = written(take(&notice), true);
	assert_string_equal(text(array, 0, "labels", "alertname"), "FdSystemExhaustion");
	assert_string_equal(text(array, 0, "labels", "resource"), "fs.file-max");
	assert_null(text(array, 0, "labels", "pid"));
	assert_null(text(array, 0, "labels", "user"));
	assert_null(text(array, 0, "labels", "comm"));
	assert_null(text(array, 0, "annotations", "exhausted_by"));
	json_decref(array);
	notice = usual_notice(2, 18);
	notice.uid = 1000;
	notice.user[0] = '\0';
	array = written(take(&notice), true);
	assert_string_equal(text(array, 0, "labels", "user"), "1000");
	json_decref(array);
}

static void test_any_bytes(void **state)
{
	struct notice notice = usual_notice(1, 17);
	json_t *array;
	char *json;

	(void)state;
	PUT_TEXT(notice.comm, "\"\\\n\x1b\xff\xed\xa0\x80");
	memset(notice.unit, 0xfe, sizeof(notice.unit) - 1);
	memset(notice.mark, '\n', sizeof(notice.mark) - 1);
	array = written(take(&notice), true);
	assert_string_equal(text(array, 0, "labels", "comm"), "\"\\\\x0a\\x1b\\xff\\xed\\xa0\\x80");
	json = json_dumps(array, JSON_COMPACT);
	assert_non_null(json);
	assert_null(strpbrk(json, "\n\x1b\xff\xfe"));
	free(json);
	json_decref(array);
}

static void test_bounded(void **state)
{
	uint64_t replaced;

	(void)state;
	for (unsigned i = 1; i <= ALERTS_MAX; i++) {
		struct notice notice = usual_notice(i, i);

		notice.pid = (int32_t)i;
		take(&notice);
	}
	struct notice more = usual_notice(5000, 5000), known = usual_notice(5001, 7);

	assert_int_equal(alerts_take(&alerts, &more, "h", &replaced), -ENOBUFS);
	assert_int_equal(alerts_take(&alerts, &known, "h", &replaced), 0);
	alerts_remove(&alerts, alerts_find(&alerts, 7));
	assert_int_equal(alerts_take(&alerts, &more, "h", &replaced), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_severities, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_of_a_warning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_after_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_never_before_its_beginning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_clock_put_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_labels_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_takes_the_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_system, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
	};

	return RUN_TESTS(tests);
}
