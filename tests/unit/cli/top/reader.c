// SPDX-License-Identifier: BSD-2-Clause
#include "top/reader.h"

#include <errno.h>
#include <math.h>

#include "check.h"
#include "make.h"

static const char answer[] =
	"{\"polled_seconds\":12.5,\"columns\":[\"pid\",\"start_time\",\"comm\",\"new\",\"user\","
	"\"fds\",\"soft_limit\",\"opened_total\",\"growth_per_second\",\"eta_seconds\",\"state\","
	"\"tracked\"],\"more\":{\"a\":[1,{\"b\":2}]},\"rows\":["
	"[7,70,\"caf\\u00e9\",[1,2],\"root\",512,1024,900,2.5,204.8,\"warning\",true],"
	"[3,30,\"x\",null,\"root\",5,null,null,null,null,\"ok\",false]]}\n";

static int read_text(const char *text, size_t length, size_t piece, struct rows *rows)
{
	struct reader *reader = reader_new(rows);
	int error = 0;
	int end;

	for (size_t at = 0; at < length && error == 0; at += piece)
		error = reader_feed(reader, text + at, length - at < piece ? length - at : piece);
	end = reader_end(reader);
	return error ? error : end;
}

/* However it is cut: byte by byte too. */
static void rows_are_read(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < sizeof(answer); piece += 7) {
		struct rows *rows = make_rows(0);
		const struct row *row;

		assert_int_equal(read_text(answer, strlen(answer), piece, rows), 0);
		assert_true(rows->polled == 12.5);
		assert_int_equal(rows->count, 2);
		row = rows_find(rows, 7);
		assert_non_null(row);
		assert_int_equal(row->start_time, 70);
		assert_string_equal(rows_string(rows, row->comm), "caf\u00e9");
		assert_string_equal(rows_string(rows, row->user), "root");
		assert_int_equal(row->fds, 512);
		assert_int_equal(row->limit, 1024);
		assert_true(row->usage == 0.5);
		assert_int_equal(row->opened, 900);
		assert_true(row->growth == 2.5);
		assert_true(row->eta == 204.8);
		assert_int_equal(row->state, STATE_WARNING);
		assert_true(row->tracked);
		row = rows_find(rows, 3);
		assert_int_equal(row->limit, ROWS_UNKNOWN);
		assert_int_equal(row->opened, ROWS_UNKNOWN);
		assert_true(isnan(row->eta));
		assert_false(row->tracked);
		/* sorted by pid */
		assert_int_equal(rows->list[0].pid, 3);
		rows_freep(&rows);
	}
}

static void what_is_no_table_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"null",
		"7",
		"[]",
		"{}",
		"{\"rows\":7}",
		"{\"rows\":[{}]}",
		"{\"rows\":[[1]}",
		"{\"rows\":[[1]]",
		"{\"columns\":[\"pid\"],\"rows\":[[\"\xff\"]]}",
		"{\"error\":\"no\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rows *rows = make_rows(0);

		assert_int_equal(read_text(texts[i], strlen(texts[i]), 1000, rows), -EBADMSG);
		rows_freep(&rows);
	}
}

/* Odd values are no reason to stop, and do no harm. */
static void odd_values_are_taken(void **state)
{
	static const char *const texts[] = {
		"{\"columns\":[\"pid\",\"fds\"],\"rows\":[[99999999999999999999999,1e300,5,6,7]]}",
		"{\"columns\":[\"pid\",\"fds\"],\"rows\":[[-5,-1]]}",
		"{\"columns\":[\"state\",\"comm\"],\"rows\":[[\"odd\",7]]}",
		"{\"columns\":[1,null,\"pid\"],\"rows\":[[1],[],[2,3]]}",
		"{\"rows\":[[1,2,3]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rows *rows = make_rows(0);

		assert_int_equal(read_text(texts[i], strlen(texts[i]), 3, rows), 0);
		rows_freep(&rows);
	}
}

static void a_text_that_ends_early_is_refused(void **state)
{
	(void)state;
	for (size_t length = 0; length + 2 < sizeof(answer); length++) {
		struct rows *rows = make_rows(0);

		if (length < strlen(answer) - 1)
			assert_int_equal(read_text(answer, length, 1000, rows), -EBADMSG);
		rows_freep(&rows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read),
		cmocka_unit_test(what_is_no_table_is_refused),
		cmocka_unit_test(odd_values_are_taken),
		cmocka_unit_test(a_text_that_ends_early_is_refused),
	};

	return RUN_TESTS(tests);
}
