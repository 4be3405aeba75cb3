// SPDX-License-Identifier: BSD-2-Clause
#include "top/detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "make.h"

static void its_past_is_what_the_list_has_seen(void **state)
{
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct past past = {.count = 3, .values = {10, 20, 30}};
	struct detail detail = {0};

	(void)state;
	row->past = &past;
	detail_open(&detail, row, 1000);
	assert_int_equal(detail.count, 3);
	assert_true(detail.points[0].t == 998 && detail.points[0].fds == 10);
	assert_true(detail.points[2].t == 1000 && detail.points[2].fds == 30);
	detail_look(&detail, row, 1000); /* the same poll */
	assert_int_equal(detail.count, 3);
	row->fds = 40;
	detail_look(&detail, row, 1001.5);
	assert_int_equal(detail.count, 4);
	assert_false(detail.ended);
	row->start_time++;
	detail_look(&detail, row, 1002);
	assert_true(detail.ended);
	detail_look(&detail, NULL, 1003);
	assert_true(detail.ended);
	assert_int_equal(detail.count, 4);
	row->past = NULL;
	detail_close(&detail);
	rows_freep(&rows);
}

static void the_daemon_remembers_more(void **state)
{
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct detail detail = {0};

	(void)state;
	detail_open(&detail, row, 1000);
	assert_int_equal(detail_take_samples(&detail, "t_seconds,live,limit\n0,1,10\n5,2,10\n"
						      "5,3,10\n9,30,10\n"),
			 3);
	assert_int_equal(detail.count, 3);
	assert_true(detail.points[0].t == 991);
	assert_true(detail.points[2].t == 1000 && detail.points[2].fds == 30);
	/* it goes on from there */
	row->fds = 31;
	detail_look(&detail, row, 1001);
	assert_int_equal(detail.count, 4);
	detail_close(&detail);
	rows_freep(&rows);
}

static void odd_samples_are_left_out(void **state)
{
	static const char *const texts[] = {"",
					    "t\n",
					    "t\n1,2,3",
					    "t\n1\n2\n3\n",
					    "t\nx,y\n\n\n",
					    "\n\n\n",
					    "t\nnan,1\ninf,2\n",
					    "t\n1,-5\n2,1e300\n"};
	struct detail detail = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(detail_take_samples(&detail, texts[i]), 0);
		assert_int_equal(detail.count, 0);
	}
	detail_close(&detail);
}

/* A day at ten looks a second is thinned out, its ends kept. */
static void a_long_past_is_bounded(void **state)
{
	struct rows *rows = make_rows(0);
	struct row *row = make_row(rows, 7, "x", 0);
	struct detail detail = {0};

	(void)state;
	detail_open(&detail, row, 1);
	for (uint32_t i = 2; i < 50000; i++) {
		row->fds = i;
		detail_look(&detail, row, i);
	}
	assert_in_range(detail.count, DETAIL_POINTS / 2, DETAIL_POINTS);
	assert_true(detail.points[0].t < 50);
	assert_true(detail.points[detail.count - 1].fds == 49999);
	for (size_t i = 1; i < detail.count; i++)
		assert_true(detail.points[i].t > detail.points[i - 1].t);
	detail_close(&detail);
	rows_freep(&rows);
}

static bool has(const struct pager *pager, const char *word)
{
	for (size_t i = 0; i < pager->count; i++) {
		size_t length;
		const char *line = pager_line(pager, i, &length);

		if (memmem(line, length, word, strlen(word)))
			return true;
	}
	return false;
}

static void incidents_and_alarms_are_told_apart(void **state)
{
	json_t *incidents =
		json_loads("{\"incidents\":[{\"id\":17,\"time\":\"2026-11-21T01:38:58Z\","
			   "\"type\":\"state\",\"pid\":7,\"comm\":\"e\\u001bvil\","
			   "\"state\":\"critical\"},{\"id\":18,\"pid\":8,"
			   "\"comm\":\"other\"}]}",
			   0, NULL);
	json_t *alarms = json_loads("[{\"type\":\"emfile\",\"pid\":7,\"comm\":\"x\","
				    "\"cause\":\"RLIMIT_NOFILE\"}]",
				    0, NULL);
	struct pager pager = {0};

	(void)state;
	detail_incidents(&pager, incidents, 200, alarms, 7, 100);
	assert_true(has(&pager, "e\\x1bvil"));
	assert_true(has(&pager, "critical"));
	assert_false(has(&pager, "other"));
	assert_true(has(&pager, "refused by RLIMIT_NOFILE"));
	detail_incidents(&pager, incidents, 200, alarms, 0, 100);
	assert_true(has(&pager, "other"));
	detail_incidents(&pager, NULL, 404, NULL, 0, 100);
	assert_true(has(&pager, "not available"));
	assert_true(has(&pager, "none"));
	pager_free(&pager);
	json_decref(incidents);
	json_decref(alarms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_past_is_what_the_list_has_seen),
		cmocka_unit_test(the_daemon_remembers_more),
		cmocka_unit_test(odd_samples_are_left_out),
		cmocka_unit_test(a_long_past_is_bounded),
		cmocka_unit_test(incidents_and_alarms_are_told_apart),
	};

	return RUN_TESTS(tests);
}
