// SPDX-License-Identifier: BSD-2-Clause
#include "top/layout.h"

#include "check.h"

struct shown {
	struct view view;
	struct settings settings;
	struct place places[COLUMN_COUNT];
	size_t count;
};

static void lay_out(struct shown *shown, enum view_kind kind, bool has_units, int width)
{
	view_init(&shown->view);
	shown->view.kind = kind;
	shown->view.has_units = has_units;
	settings_default(&shown->settings);
	shown->count = layout_make(&shown->view, &shown->settings, width, shown->places);
}

/* 0: it is left out. */
static int width_of(const struct shown *shown, enum column_id id)
{
	for (size_t i = 0; i < shown->count; i++)
		if (shown->places[i].id == id)
			return shown->places[i].width;
	return 0;
}

static void columns_neither_overlap_nor_leave_the_screen(void **state)
{
	struct shown shown;

	(void)state;
	for (enum view_kind kind = 0; kind < VIEW_COUNT; kind++) {
		for (int width = 40; width <= 300; width++) {
			int x = -1;

			lay_out(&shown, kind, width % 2, width);
			for (size_t i = 0; i < shown.count; i++) {
				assert_int_equal(shown.places[i].x, x + 1);
				assert_true(shown.places[i].width > 0);
				x = shown.places[i].x + shown.places[i].width;
			}
			assert_true(x <= width);
		}
	}
}

/* Who runs out, when, and how bad it is, on any screen. */
static void the_end_is_dropped_last(void **state)
{
	struct shown shown;

	(void)state;
	for (int width = 20; width <= 300; width++) {
		lay_out(&shown, VIEW_PROCESSES, true, width);
		assert_true(width_of(&shown, COLUMN_PID));
		assert_true(width_of(&shown, COLUMN_COMMAND));
		assert_true(width_of(&shown, COLUMN_ETA));
		assert_int_equal(width_of(&shown, COLUMN_STATE) > 0, width >= 30);
		assert_int_equal(width_of(&shown, COLUMN_FDS) > 0, width >= 38);
		if (width >= 60) /* with its spread */
			assert_true(width_of(&shown, COLUMN_ETA) > 15);
	}
}

static void a_group_keeps_its_name(void **state)
{
	struct shown shown;

	(void)state;
	for (int width = 30; width <= 300; width++) {
		lay_out(&shown, VIEW_UNITS, true, width);
		assert_true(width_of(&shown, COLUMN_UNIT) >= 8);
		assert_true(width_of(&shown, COLUMN_ETA));
		lay_out(&shown, VIEW_SITES, true, width);
		assert_true(width_of(&shown, COLUMN_PLACE));
	}
}

static void units_that_nobody_has_take_no_room(void **state)
{
	struct shown shown;

	(void)state;
	lay_out(&shown, VIEW_PROCESSES, false, 120);
	assert_int_equal(width_of(&shown, COLUMN_UNIT), 0);
	lay_out(&shown, VIEW_PROCESSES, false, 300);
	assert_int_equal(width_of(&shown, COLUMN_UNIT), 4);
	lay_out(&shown, VIEW_PROCESSES, true, 120);
	assert_true(width_of(&shown, COLUMN_UNIT) >= 18);
}

static void widths_of_the_user_stay(void **state)
{
	struct shown shown;

	(void)state;
	lay_out(&shown, VIEW_PROCESSES, true, 40);
	shown.settings.columns[VIEW_PROCESSES][0].width = 12;
	shown.count = layout_make(&shown.view, &shown.settings, 40, shown.places);
	assert_int_equal(width_of(&shown, COLUMN_PID), 12);
}

/* Names stand deep in it. */
static void a_tree_has_more_room(void **state)
{
	struct shown shown;
	int before;

	(void)state;
	lay_out(&shown, VIEW_PROCESSES, true, 80);
	before = width_of(&shown, COLUMN_COMMAND);
	shown.view.tree = true;
	shown.count = layout_make(&shown.view, &shown.settings, 80, shown.places);
	assert_true(width_of(&shown, COLUMN_COMMAND) >= before);
	assert_true(width_of(&shown, COLUMN_COMMAND) >= 28);
	assert_true(width_of(&shown, COLUMN_ETA));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_neither_overlap_nor_leave_the_screen),
		cmocka_unit_test(the_end_is_dropped_last),
		cmocka_unit_test(a_group_keeps_its_name),
		cmocka_unit_test(units_that_nobody_has_take_no_room),
		cmocka_unit_test(widths_of_the_user_stay),
		cmocka_unit_test(a_tree_has_more_room),
	};

	return RUN_TESTS(tests);
}
