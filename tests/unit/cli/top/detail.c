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

static void take_past(struct detail *detail, const char *text)
{
	json_t *past = json_loads(text, 0, NULL);

	detail_take_past(detail, past);
	json_decref(past);
}

static void the_daemon_remembers_more(void **state)
{
	static const char past[] = "[{\"ago_seconds\":100,\"least\":5,\"most\":9},"
				   "{\"ago_seconds\":50,\"least\":9,\"most\":9},"
				   "{\"ago_seconds\":20,\"least\":1,\"most\":3},"
				   "{\"ago_seconds\":0,\"least\":30,\"most\":30}]";
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct past seen = {.count = 2, .values = {77, 30}};
	struct detail detail = {0};

	(void)state;
	row->past = &seen;
	detail_open(&detail, row, 1000);
	assert_int_equal(detail.count, 2);
	take_past(&detail, past);
	assert_int_equal(detail.count, 6);
	assert_true(detail.points[0].t == 900 && detail.points[0].fds == 5);
	assert_true(detail.points[1].t == 925 && detail.points[1].fds == 9);
	assert_true(detail.points[2].t == 950 && detail.points[2].fds == 9);
	assert_true(detail.points[3].t == 980 && detail.points[3].fds == 3); /* it falls */
	assert_true(detail.points[4].t == 990 && detail.points[4].fds == 1);
	assert_true(detail.points[5].t == 1000 && detail.points[5].fds == 30);
	/* it goes on from there, and the same told again is the same */
	row->fds = 31;
	detail_look(&detail, row, 1001);
	assert_int_equal(detail.count, 7);
	take_past(&detail, past);
	assert_int_equal(detail.count, 7);
	assert_true(detail.points[6].t == 1001 && detail.points[6].fds == 31);
	row->past = NULL;
	detail_close(&detail);
	rows_freep(&rows);
}

static void odd_pasts_do_no_harm(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"[1,null,{}]",
		"[{\"ago_seconds\":-5}]",
		"[{\"ago_seconds\":5},{\"ago_seconds\":50},{\"ago_seconds\":5}]",
		"[{\"ago_seconds\":1e300,\"least\":1e300,\"most\":-1}]",
	};
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct detail detail = {0};

	(void)state;
	take_past(&detail, "[{\"ago_seconds\":5}]"); /* of none */
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		detail_open(&detail, row, 1000);
		take_past(&detail, texts[i]);
		for (size_t j = 1; j < detail.count; j++)
			assert_true(detail.points[j].t > detail.points[j - 1].t);
		assert_true(detail.points[detail.count - 1].t == 1000);
	}
	detail_close(&detail);
	rows_freep(&rows);
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

static void take(struct detail *detail, const char *answer)
{
	struct news news = {.pid = 7, .detail_status = 200, .detail = json_loads(answer, 0, NULL)};

	assert_non_null(news.detail);
	detail_take(detail, &news);
}

static size_t sites(const struct detail *detail)
{
	return json_array_size(json_object_get(detail->process, "sites"));
}

/* One that is untracked, or of which one answer has none, still leaks where it did. */
static void its_places_stay_known(void **state)
{
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct detail detail = {0};
	char age[DETAIL_AGE_SIZE];

	(void)state;
	detail_open(&detail, row, 1000);
	take(&detail, "{\"sites\":[]}");
	assert_string_equal(detail_sites_age(&detail, age, sizeof(age)), "");
	take(&detail, "{\"sites\":[{\"live\":3},{\"live\":2}]}");
	assert_string_equal(detail_sites_age(&detail, age, sizeof(age)), "");
	for (int look = 1; look <= 3; look++) {
		detail_look(&detail, row, 1000 + 4 * look);
		take(&detail, "{\"sites\":[]}");
	}
	assert_int_equal(sites(&detail), 2);
	assert_string_equal(detail_sites_age(&detail, age, sizeof(age)), "as of 12s ago");
	take(&detail, "{\"sites\":[{\"live\":4}]}");
	assert_int_equal(sites(&detail), 1);
	assert_string_equal(detail_sites_age(&detail, age, sizeof(age)), "");
	detail_close(&detail);
	rows_freep(&rows);
}

static void its_end_has_a_time(void **state)
{
	struct rows *rows = make_rows(1000);
	struct row *row = make_row(rows, 7, "x", 30);
	struct detail detail = {0};

	(void)state;
	detail_open(&detail, row, 1000);
	assert_string_equal(detail.ended_clock, "");
	detail_look(&detail, NULL, 1001);
	assert_int_equal(strlen(detail.ended_clock), strlen("12:03:01"));
	detail_close(&detail);
	rows_freep(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_past_is_what_the_list_has_seen),
		cmocka_unit_test(the_daemon_remembers_more),
		cmocka_unit_test(odd_pasts_do_no_harm),
		cmocka_unit_test(a_long_past_is_bounded),
		cmocka_unit_test(its_places_stay_known),
		cmocka_unit_test(its_end_has_a_time),
	};

	return RUN_TESTS(tests);
}
