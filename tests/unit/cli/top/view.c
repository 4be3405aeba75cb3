// SPDX-License-Identifier: BSD-2-Clause
/* The list without a terminal: order, filter, scrolling, and a selection that follows its process.
 */
#include "top/view.h"

#include <math.h>

#include "check.h"
#include "make.h"

#define PAGE 10

/* Pids 1 to `count`, whose descriptors are `first`, first + 1, … */
static struct rows *herd(double polled, int count, uint32_t first)
{
	struct rows *rows = make_rows(polled);

	for (int pid = 1; pid <= count; pid++)
		make_row(rows, pid, pid % 2 ? "odd" : "even", first + (uint32_t)pid);
	return rows;
}

static void begin(struct view *view, struct rows *rows)
{
	view_init(view);
	view_take_rows(view, rows);
	view_update(view, PAGE);
}

static void look(struct view *view, struct rows *rows)
{
	view_take_rows(view, rows);
	view_update(view, PAGE);
}

static int32_t pid_at(const struct view *view, size_t line)
{
	assert_true(line < view->count);
	return view->lines[line].row->pid;
}

static void the_most_endangered_come_first(void **state)
{
	struct rows *rows = herd(1, 6, 10);
	struct view view;

	(void)state;
	rows->list[0].state = STATE_GROWING;
	rows->list[1].state = STATE_EXHAUSTED;
	rows->list[2].state = STATE_WARNING;
	rows->list[2].eta = 500;
	rows->list[3].state = STATE_WARNING;
	rows->list[3].eta = 60;
	begin(&view, rows);
	assert_int_equal(pid_at(&view, 0), 2);
	assert_int_equal(pid_at(&view, 1), 4); /* the less time is left */
	assert_int_equal(pid_at(&view, 2), 3);
	assert_int_equal(pid_at(&view, 3), 1);
	assert_int_equal(pid_at(&view, 4), 6); /* the more is taken */
	assert_int_equal(pid_at(&view, 5), 5);
	assert_int_equal(view.states[STATE_WARNING], 2);
	assert_int_equal(view.states[STATE_OK], 2);
	view_free(&view);
}

static void any_column_sorts_both_ways(void **state)
{
	struct view view;

	(void)state;
	begin(&view, herd(1, 20, 0));
	for (enum column_id column = 0; column < COLUMN_COUNT; column++) {
		int32_t first, last;

		view.sort[VIEW_PROCESSES] = column;
		view.reverse[VIEW_PROCESSES] = false;
		view_update(&view, PAGE);
		first = pid_at(&view, 0);
		last = pid_at(&view, 19);
		view.reverse[VIEW_PROCESSES] = true;
		view_update(&view, PAGE);
		assert_int_equal(pid_at(&view, 0), last);
		assert_int_equal(pid_at(&view, 19), first);
	}
	view.reverse[VIEW_PROCESSES] = false;
	view.sort[VIEW_PROCESSES] = COLUMN_PID;
	view_update(&view, PAGE);
	assert_int_equal(pid_at(&view, 0), 1);
	view.sort[VIEW_PROCESSES] = COLUMN_FDS;
	view_update(&view, PAGE);
	assert_int_equal(pid_at(&view, 0), 20);
	view.sort[VIEW_PROCESSES] = COLUMN_COMMAND;
	view_update(&view, PAGE);
	assert_int_equal(pid_at(&view, 0) % 2, 0); /* "even" before "odd" */
	view_free(&view);
}

static void unknown_comes_last(void **state)
{
	struct rows *rows = herd(1, 4, 10);
	struct view view;

	(void)state;
	rows->list[2].growth = -1;
	rows->list[3].growth = 2;
	begin(&view, rows);
	view.sort[VIEW_PROCESSES] = COLUMN_GROWTH;
	view_update(&view, PAGE);
	assert_int_equal(pid_at(&view, 0), 4);
	assert_int_equal(pid_at(&view, 1), 3);
	view_free(&view);
}

static void the_filter_wants_every_word(void **state)
{
	static const struct {
		const char *filter;
		size_t count;
	} cases[] = {{"", 4},         {"NGINX", 2},    {"nginx www", 1}, {"www nginx", 1},
		     {"  ", 4},       {"web.serv", 1}, {"7", 0},         {"3", 1},
		     {"critical", 1}, {"nothing", 0},  {"deadbeef", 1},  {"nginx  root", 1}};
	struct rows *rows = herd(1, 4, 10);
	struct view view;

	(void)state;
	rows->list[0].comm = rows->list[1].comm = make_string(rows, "nginx");
	rows->list[0].user = make_string(rows, "www-data");
	rows->list[1].user = make_string(rows, "root");
	rows->list[2].unit = make_string(rows, "web.service");
	rows->list[2].container = make_string(rows, "deadbeef");
	rows->list[3].state = STATE_CRITICAL;
	begin(&view, rows);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(view.filter, sizeof(view.filter), "%s", cases[i].filter);
		view_update(&view, PAGE);
		assert_int_equal(view.count, cases[i].count);
	}
	view_free(&view);
}

static void the_selection_follows_its_process(void **state)
{
	struct rows *rows;
	struct view view;

	(void)state;
	begin(&view, herd(1, 50, 100));
	view.sort[VIEW_PROCESSES] = COLUMN_FDS;
	view_update(&view, PAGE);
	view_move(&view, 5);
	assert_int_equal(view_selected(&view)->pid, 45);
	/* It grows: it is now the first, and still selected and in the window. */
	rows = herd(2, 50, 100);
	rows->list[44].fds = 100000;
	look(&view, rows);
	assert_int_equal(pid_at(&view, 0), 45);
	assert_int_equal(view_selected(&view)->pid, 45);
	assert_int_equal(view_cursor(&view)->at, 0);
	/* It falls far down: the window goes along. */
	rows = herd(3, 50, 100);
	rows->list[44].fds = 0;
	look(&view, rows);
	assert_int_equal(view_selected(&view)->pid, 45);
	assert_int_equal(view_cursor(&view)->at, 49);
	assert_int_equal(view_cursor(&view)->top, 40);
	/* Another with its pid is another. */
	rows = herd(4, 50, 100);
	rows->list[44].start_time = 1;
	look(&view, rows);
	assert_int_equal(view_cursor(&view)->at, 49);
	view_free(&view);
}

static void the_first_line_is_whoever_is_first(void **state)
{
	struct rows *rows = herd(2, 50, 100);
	struct view view;

	(void)state;
	begin(&view, herd(1, 50, 100));
	assert_int_equal(view_selected(&view)->pid, 50);
	rows->list[6].state = STATE_CRITICAL;
	look(&view, rows);
	assert_int_equal(view_selected(&view)->pid, 7);
	view_move(&view, 3);
	view_home(&view);
	look(&view, herd(3, 50, 100));
	assert_int_equal(view_selected(&view)->pid, 50);
	view_free(&view);
}

static void scrolling_stays_within(void **state)
{
	struct view view;

	(void)state;
	begin(&view, herd(1, 25, 100));
	view_move(&view, -5);
	assert_int_equal(view_cursor(&view)->at, 0);
	view_move(&view, PAGE);
	assert_int_equal(view_cursor(&view)->at, PAGE);
	assert_int_equal(view_cursor(&view)->top, 1);
	view_select(&view, SIZE_MAX);
	assert_int_equal(view_cursor(&view)->at, 24);
	assert_int_equal(view_cursor(&view)->top, 15);
	view_scroll(&view, -3);
	assert_int_equal(view_cursor(&view)->top, 12);
	assert_int_equal(view_cursor(&view)->at, 21); /* taken along by the window's edge */
	view_scroll(&view, -1000);
	assert_int_equal(view_cursor(&view)->top, 0);
	assert_int_equal(view_cursor(&view)->at, 9);
	/* A window that grows shows what there is. */
	view_select(&view, 24);
	view_update(&view, 100);
	assert_int_equal(view_cursor(&view)->top, 0);
	view_update(&view, 1);
	assert_int_equal(view_cursor(&view)->top, 24);
	/* Few are left. */
	view_home(&view);
	look(&view, herd(2, 3, 100));
	assert_int_equal(view_cursor(&view)->top, 0);
	look(&view, herd(3, 0, 100));
	assert_null(view_selected(&view));
	view_move(&view, 1);
	view_scroll(&view, 1);
	view_select(&view, 3);
	assert_null(view_selected(&view));
	view_free(&view);
}

static void who_is_followed_is_shown_and_missed(void **state)
{
	struct rows *rows;
	struct view view;

	(void)state;
	begin(&view, herd(1, 10, 100));
	assert_true(view_go_to_pid(&view, 4));
	assert_false(view_go_to_pid(&view, 40));
	view_follow(&view);
	assert_true(view.follows);
	snprintf(view.filter, sizeof(view.filter), "odd");
	view_update(&view, PAGE);
	assert_int_equal(view.count, 6); /* five odd ones, and 4 */
	assert_int_equal(view_selected(&view)->pid, 4);
	rows = herd(2, 10, 100);
	rows->list[3].start_time = 1;
	look(&view, rows);
	assert_true(view.follow_ended);
	assert_int_equal(view.count, 5);
	view_follow(&view);
	assert_false(view.follows);
	view_free(&view);
}

static void a_tree_has_children_below_parents(void **state)
{
	/* 1 -> 2 -> 4, 1 -> 3; 5 has no parent here; 6's parent 7 is younger */
	static const int32_t parents[] = {0, 1, 1, 2, 99, 7, 0};
	struct rows *rows = herd(1, 7, 10);
	struct view view;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		rows->list[i].parent = parents[i];
	view_init(&view);
	view_take_rows(&view, rows);
	view.tree = true;
	view.sort[VIEW_PROCESSES] = COLUMN_PID;
	view_update(&view, PAGE);
	static const int32_t pids[] = {1, 2, 4, 3, 5, 6, 7};
	static const uint32_t depths[] = {0, 1, 2, 1, 0, 0, 0};
	static const uint64_t rails[] = {0, 2, 2, 0, 0, 0, 0}; /* 3 comes after 2 at depth 1 */
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(pid_at(&view, i), pids[i]);
		assert_int_equal(view.lines[i].depth, depths[i]);
		assert_int_equal(view.lines[i].rails, rails[i]);
	}
	/* Without 2 its child stands below 1. */
	snprintf(view.filter, sizeof(view.filter), "odd");
	rows->list[3].comm = rows->list[0].comm;
	view_update(&view, PAGE);
	assert_int_equal(pid_at(&view, 0), 1);
	assert_int_equal(pid_at(&view, 1), 3);
	assert_int_equal(pid_at(&view, 2), 4);
	assert_int_equal(view.lines[2].depth, 1);
	view_free(&view);
}

/* Pids are reused while we look. */
static void a_circle_of_parents_is_no_trap(void **state)
{
	struct rows *rows = herd(1, 4, 10);
	struct view view;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		rows->list[i].start_time = 5;
		rows->list[i].parent = (int32_t)(i + 1) % 4 + 1;
	}
	view_init(&view);
	view_take_rows(&view, rows);
	view.tree = true;
	view_update(&view, PAGE);
	assert_int_equal(view.count, 4);
	view_free(&view);
}

static void groups_sum_up(void **state)
{
	struct rows *rows = herd(1, 4, 10);
	struct view view;
	const struct row *group;

	(void)state;
	rows->list[0].unit = rows->list[1].unit = make_string(rows, "web.service");
	rows->list[2].unit = make_string(rows, "web.service"); /* the same by another offset */
	rows->list[2].state = STATE_WARNING;
	rows->list[2].eta = 60;
	rows->list[0].growth = 1;
	rows->list[2].growth = 2;
	rows->list[3].container = make_string(rows, "box");
	begin(&view, rows);
	view.kind = VIEW_UNITS;
	view_update(&view, PAGE);
	assert_int_equal(view.count, 2);
	group = view.lines[0].row;
	assert_string_equal(rows_string(view_rows(&view), group->unit), "web.service");
	assert_int_equal(group->members, 3);
	assert_int_equal(group->fds, 11 + 12 + 13);
	assert_true(group->growth == 3);
	assert_int_equal(group->state, STATE_WARNING);
	assert_true(group->eta == 60);
	assert_int_equal(group->pid, 3);
	view.kind = VIEW_CONTAINERS;
	view_update(&view, PAGE);
	assert_int_equal(view.count, 1);
	assert_int_equal(view.lines[0].row->pid, 4);
	look(&view, herd(2, 4, 10)); /* the box is gone */
	assert_int_equal(view.count, 0);
	view_free(&view);
}

/* Before the first look there is nothing, and nothing to fall over. */
static void nothing_is_known_at_first(void **state)
{
	struct view view;

	(void)state;
	view_init(&view);
	view.tree = true;
	for (view.kind = 0; view.kind < VIEW_COUNT; view.kind++) {
		view_update(&view, PAGE);
		assert_int_equal(view.count, 0);
		view_move(&view, 1);
		view_follow(&view);
		assert_null(view_selected(&view));
	}
	view.kind = VIEW_PROCESSES;
	view_free(&view);
}

/* Each view has an order and a place of its own. */
static void views_keep_their_place(void **state)
{
	struct view view;

	(void)state;
	begin(&view, herd(1, 50, 100));
	view_move(&view, 7);
	view.kind = VIEW_UNITS;
	view_update(&view, PAGE);
	assert_int_equal(view.count, 1);
	view.kind = VIEW_SITES;
	view_update(&view, PAGE);
	assert_int_equal(view.count, 0);
	view.kind = VIEW_PROCESSES;
	view_update(&view, PAGE);
	assert_int_equal(view_cursor(&view)->at, 7);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_endangered_come_first),
		cmocka_unit_test(any_column_sorts_both_ways),
		cmocka_unit_test(unknown_comes_last),
		cmocka_unit_test(the_filter_wants_every_word),
		cmocka_unit_test(the_selection_follows_its_process),
		cmocka_unit_test(the_first_line_is_whoever_is_first),
		cmocka_unit_test(scrolling_stays_within),
		cmocka_unit_test(who_is_followed_is_shown_and_missed),
		cmocka_unit_test(a_tree_has_children_below_parents),
		cmocka_unit_test(a_circle_of_parents_is_no_trap),
		cmocka_unit_test(groups_sum_up),
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(views_keep_their_place),
	};

	return RUN_TESTS(tests);
}
