// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/left.h"

#include <fcntl.h>

#include "check.h"

static struct descriptor a_file(int32_t fd, char *name)
{
	return (struct descriptor){.fd = fd,
				   .kind = FDW_KIND_FILE,
				   .flags = O_RDONLY,
				   .cloexec = true,
				   .opened = 1,
				   .name = name};
}

static void scripts(void **state)
{
	char name[] = "/srv/backup-everything.sh";
	struct descriptor d = a_file(255, name);

	(void)state;
	assert_true(left_is_script(&d, "bash"));
	assert_true(left_is_script(&d, "backup-everythi"));
	assert_false(left_is_script(&d, "python3"));
	assert_false(left_is_script(&d, ""));
	d.fd = 9; /* the script's own: exec 9<FILE */
	assert_false(left_is_script(&d, "bash"));
	d.fd = 10;
	d.cloexec = false;
	assert_false(left_is_script(&d, "bash"));
	d.cloexec = true;
	d.flags = O_RDWR;
	assert_false(left_is_script(&d, "bash"));
	d.flags = O_RDONLY;
	d.kind = FDW_KIND_PIPE;
	assert_false(left_is_script(&d, "bash"));
	d = a_file(10, NULL);
	assert_false(left_is_script(&d, "bash"));
}

static void whose_account(void **state)
{
	char name[] = "/a";
	struct descriptor d = a_file(1, name);
	struct left left = {};
	struct descriptor_list *list;

	(void)state;
	left_add(&left, &d, false); /* the standard three came from outside */
	d.fd = 5;
	left_add(&left, &d, false);
	d.fd = 6;
	d.inherited = true;
	left_add(&left, &d, true); /* its parent's */
	d.executed = true;
	left_add(&left, &d, true); /* … which another program got */
	d.opened = 0;
	left_add(&left, &d, true); /* the first program's */
	list = left_take(&left);
	assert_int_equal(list->count, 2);
	assert_string_equal(list->items[0].name, "/a");
	assert_true(list->items[1].executed);
	descriptor_list_free(list);
	assert_null(left_take(&left));
}

/* What two threads tell of one end. */
static void each_once(void **state)
{
	static const int32_t told[] = {3, 4, 5, 3, 4, 7, 5, 7, 8, 8};
	struct left left = {};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct descriptor d = a_file(told[i], NULL);

		left_add(&left, &d, false);
	}
	assert_int_equal(left.list->count, 5);
	left_clear(&left);
}

/* What was looked at as it ended fills the gaps of what was told. */
static void each_once_in_any_order(void **state)
{
	static const int32_t told[] = {3, 4, 9, 5, 6, 9, 10, 3}, kept[] = {3, 4, 5, 6, 9, 10};
	struct left left = {};

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct descriptor d = a_file(told[i], NULL);

		left_add(&left, &d, false);
	}
	assert_int_equal(left.list->count, sizeof(kept) / sizeof(kept[0]));
	for (size_t i = 0; i < left.list->count; i++)
		assert_int_equal(left.list->items[i].fd, kept[i]);
	left_clear(&left);
}

static void bounded(void **state)
{
	struct left left = {};

	(void)state;
	for (int32_t fd = 3; fd < 3 + LEFT_MAX + 5; fd++) {
		struct descriptor d = a_file(fd, NULL);

		left_add(&left, &d, false);
	}
	assert_int_equal(left.list->count, LEFT_MAX);
	assert_int_equal(left.lost, 5);
	left_clear(&left);
	assert_int_equal(left.lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),   cmocka_unit_test(whose_account),
		cmocka_unit_test(each_once), cmocka_unit_test(each_once_in_any_order),
		cmocka_unit_test(bounded),
	};

	return RUN_TESTS(tests);
}
