// SPDX-License-Identifier: BSD-2-Clause
#include "top/column.h"

#include <math.h>

#include "check.h"
#include "make.h"

static void expect(enum column_id column, const struct rows *rows, const struct row *row,
		   const char *text)
{
	struct column_cell cell;

	column_text(&cell, column, rows, row);
	assert_string_equal(cell.text, text);
}

static void counts_fit_their_columns(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{0, "0"},           {99999, "99999"},   {100000, "100k"},
		{123456, "123k"},   {999499, "999k"},   {999999, "1.00M"},
		{1048576, "1.05M"}, {15e6, "15.0M"},    {1073741816, "1.07G"},
		{9.2e18, "9.20E"},  {(double)NAN, "-"},
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(column_short(cases[i].number, text, sizeof(text)),
				    cases[i].text);
}

static void rates_show_slow_leaks_too(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} cases[] = {
		{0, "0"},           {1, "+1.0"},        {-2.25, "-2.2"}, {0.05, "+0.05"},
		{0.001, "+3.6/h"},  {0.00001, "0"},     {250.4, "+250"}, {123456, "123k"},
		{(double)NAN, "-"}, {-0.001, "-3.6/h"},
	};
	struct rows *rows = make_rows(0);
	struct row *row = make_row(rows, 1, "x", 1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->growth = cases[i].rate;
		expect(COLUMN_GROWTH, rows, row, cases[i].text);
	}
	row->open_rate = 2.5F;
	expect(COLUMN_OPENED, rows, row, "2.5");
	rows_freep(&rows);
}

static void time_left_has_its_spread(void **state)
{
	static const struct {
		double eta, low, high;
		enum state state;
		const char *text;
	} cases[] = {
		{NAN, NAN, NAN, STATE_OK, "-"},
		{245, 230, 266, STATE_CRITICAL, "4m5s (3m-5m)"},
		{7200, 5400, 20000, STATE_WARNING, "2h (90m-334m)"},
		{86400, 40000, NAN, STATE_GROWING, "1d (11h-?)"},
		{NAN, 600, NAN, STATE_GROWING, "? (10m-?)"},
		{1e6, 9e5, 1e7, STATE_GROWING, "11d13h (10d-116d)"},
		{NAN, NAN, NAN, STATE_EXHAUSTED, "now"},
		{0, 0, 0, STATE_EXHAUSTED, "now"},
	};
	struct rows *rows = make_rows(0);
	struct row *row = make_row(rows, 1, "x", 1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->eta = cases[i].eta;
		row->eta_low = cases[i].low;
		row->eta_high = cases[i].high;
		row->state = cases[i].state;
		expect(COLUMN_ETA, rows, row, cases[i].text);
	}
	rows_freep(&rows);
}

static void what_is_unknown_is_a_dash(void **state)
{
	struct rows *rows = make_rows(0);
	struct row *row = rows_add(rows);

	(void)state;
	for (enum column_id column = 0; column < COLUMN_COUNT; column++) {
		struct column_cell cell;

		if (column == COLUMN_PID || column == COLUMN_MEMBERS || column == COLUMN_FDS ||
		    column == COLUMN_PEAK || column == COLUMN_STATE || column == COLUMN_RECENT ||
		    column == COLUMN_TRACKED)
			continue;
		column_text(&cell, column, rows, row);
		assert_string_equal(cell.text, "-");
	}
	rows_freep(&rows);
}

static void a_container_is_its_short_id(void **state)
{
	struct rows *rows = make_rows(0);
	struct row *row = make_row(rows, 1, "x", 1);

	(void)state;
	row->unit = make_string(rows, "docker.service");
	expect(COLUMN_UNIT, rows, row, "docker.service");
	row->container = make_string(
		rows, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	expect(COLUMN_UNIT, rows, row, "0123456789ab");
	row->container = make_string(rows, "web");
	expect(COLUMN_UNIT, rows, row, "web");
	rows_freep(&rows);
}

static void columns_are_found_by_name(void **state)
{
	(void)state;
	for (enum column_id column = 0; column < COLUMN_COUNT; column++)
		assert_int_equal(column_find(column_infos[column].name), column);
	assert_int_equal(column_find("beauty"), COLUMN_COUNT);
}

static void a_sparkline_ends_now(void **state)
{
	struct rows *rows = make_rows(0);
	struct row *row = make_row(rows, 1, "x", 100);
	struct past past = {.count = 3, .values = {0, 50, 100}};
	double levels[ROWS_PAST];

	(void)state;
	/* never changed, and just come */
	assert_int_equal(column_recent(row, levels, 10), 10);
	assert_true(levels[8] < 0);
	assert_true(levels[9] == 0);
	row->looks = 60;
	column_recent(row, levels, 10);
	assert_true(levels[0] == 0);
	row->past = &past;
	column_recent(row, levels, 10);
	assert_true(levels[6] < 0);
	assert_true(levels[7] == 0 && levels[8] == 0.5 && levels[9] == 1);
	/* more looks than columns: of each part the highest */
	past.count = ROWS_PAST;
	for (uint32_t i = 0; i < ROWS_PAST; i++)
		past.values[i] = i == 31 ? 1000 : 100;
	column_recent(row, levels, 10);
	assert_true(levels[5] == 1 && levels[4] == 0 && levels[6] == 0);
	row->past = NULL;
	rows_freep(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_fit_their_columns),
		cmocka_unit_test(rates_show_slow_leaks_too),
		cmocka_unit_test(time_left_has_its_spread),
		cmocka_unit_test(what_is_unknown_is_a_dash),
		cmocka_unit_test(a_container_is_its_short_id),
		cmocka_unit_test(columns_are_found_by_name),
		cmocka_unit_test(a_sparkline_ends_now),
	};

	return RUN_TESTS(tests);
}
