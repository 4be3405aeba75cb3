// SPDX-License-Identifier: BSD-2-Clause
#include "top/sites.h"

#include <math.h>

#include "check.h"
#include "has.h"
#include "make.h"

static const char answer[] =
	"{\"sites\":["
	"{\"pid\":7,\"comm\":\"app\",\"kind\":\"file\",\"live\":90,\"opened_total\":100,"
	"\"closed_total\":10,\"oldest_seconds\":65.5,\"median_age_seconds\":30,"
	"\"examples\":[\"/tmp/a\\u001b[31m\",\"/tmp/b\",\"/c\",\"/d\"],\"frames\":["
	"{\"language\":\"python\",\"function\":\"load\",\"file\":\"/srv/app/"
	"server.py\",\"line\":42,"
	"\"module\":null,\"offset\":null},"
	"{\"language\":\"native\",\"function\":null,\"file\":null,\"line\":null,"
	"\"module\":\"/usr/lib/libfoo.so\",\"offset\":4660},"
	"{\"language\":\"native\",\"function\":\"main\",\"file\":null,\"line\":null,"
	"\"module\":\"/usr/bin/app\",\"offset\":1}]},"
	"{\"pid\":9,\"comm\":null,\"kind\":null,\"live\":1,\"opened_total\":null,"
	"\"closed_total\":null,\"oldest_seconds\":null,\"median_age_seconds\":null,"
	"\"examples\":[],\"frames\":[]}]}";

static void sites_are_rows(void **state)
{
	json_t *json = json_loads(answer, 0, NULL);
	struct rows *processes = make_rows(5);
	const struct row *site;
	struct rows *rows;

	(void)state;
	make_row(processes, 7, "app", 90)->user = make_string(processes, "www-data");
	rows_sort(processes);
	rows = sites_read(json, processes);
	assert_non_null(rows);
	assert_int_equal(rows->count, 2);
	site = rows->list[0].pid == 7 ? &rows->list[0] : &rows->list[1];
	assert_int_equal(site->fds, 90);
	assert_int_equal(site->opened, 100);
	assert_true(site->oldest == 65.5);
	assert_string_equal(rows_string(rows, site->user), "www-data");
	assert_string_equal(rows_string(rows, site->kind), "file");
	assert_string_equal(rows_string(rows, site->place),
			    "load server.py:42 < libfoo.so+0x1234 < main in app");
	site = rows->list[0].pid == 9 ? &rows->list[0] : &rows->list[1];
	assert_int_equal(site->opened, ROWS_UNKNOWN);
	assert_true(isnan(site->oldest));
	assert_true(rows->list[0].id != rows->list[1].id);
	rows_freep(&rows);
	rows_freep(&processes);
	json_decref(json);
}

/* What a line called of libraries is told on its page; here it would hide the line. */
static void a_place_begins_with_the_own_frame(void **state)
{
	json_t *json = json_loads("{\"own_frame\":1,\"frames\":[{\"function\":\"sock_accept\"},"
				  "{\"function\":\"serve\",\"file\":\"/srv/a.py\",\"line\":3},"
				  "{\"function\":\"main\",\"file\":\"/srv/a.py\",\"line\":9}]}",
				  0, NULL);
	struct text text = {0};

	(void)state;
	sites_place(&text, json);
	text_add(&text, "", 1);
	assert_string_equal(text.bytes, "serve a.py:3 < main a.py:9");
	text_free(&text);
	json_decref(json);
}

static void what_is_no_answer_is_none(void **state)
{
	json_t *json = json_loads("{\"sites\":7}", 0, NULL);

	(void)state;
	assert_null(sites_read(json, NULL));
	assert_null(sites_read(NULL, NULL));
	json_decref(json);
}

static void a_page_has_frames_and_safe_examples(void **state)
{
	json_t *json = json_loads(answer, 0, NULL);
	struct pager pager = {0};

	(void)state;
	sites_page(&pager, json, "", 80);
	assert_true(has(&pager, "90 open of 100 opened (file) by app 7"));
	assert_true(has(&pager, "/srv/app/server.py:42 in load"));
	assert_true(has(&pager, "/tmp/a\\x1b[31m"));
	assert_false(has(&pager, "\033"));
	assert_false(has(&pager, "now none"));
	sites_page(&pager, json, "as of 12s ago", 80);
	assert_true(has(&pager, "as of 12s ago; now none are known:"));
	assert_true(has(&pager, "90 open of 100 opened"));
	sites_page(&pager, NULL, "", 80);
	assert_true(has(&pager, "T tracks"));
	for (size_t width = 1; width < 40; width++) { /* what tells most stays to the last */
		sites_page(&pager, json, "", width);
		assert_true(has(&pager, width < 35 ? "/server.py:42 in load"
						   : "at /srv/app/server.py:42 in load"));
	}
	json_object_clear(json);
	json_object_set_new(json, "tracked", json_true());
	sites_page(&pager, json, "", 80);
	assert_true(has(&pager, "Nothing that it opened since"));
	pager_free(&pager);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sites_are_rows),
		cmocka_unit_test(a_place_begins_with_the_own_frame),
		cmocka_unit_test(what_is_no_answer_is_none),
		cmocka_unit_test(a_page_has_frames_and_safe_examples),
	};

	return RUN_TESTS(tests);
}
