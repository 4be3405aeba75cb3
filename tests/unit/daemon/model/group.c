// SPDX-License-Identifier: BSD-2-Clause
#include "model/group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

/* Takes a sample of a process over as a poll does. */
static struct process *take(struct groups *groups, struct table *table,
			    const struct process_sample *sample, const char *unit)
{
	struct process_sample previous = {};
	struct process *process;
	int change = table_update(table, sample, &process, &previous);

	if (change != TABLE_SAME)
		snprintf(process->identity.unit, sizeof(process->identity.unit), "%s", unit);
	groups_take(groups, process, &previous, change != TABLE_SAME);
	return process;
}

static const struct group *find(const struct groups *groups, const char *name)
{
	const struct group *group = groups_next(groups, NULL);

	while (group && strcmp(group->name, name) != 0)
		group = groups_next(groups, group);
	return group;
}

static void leave(struct process *process, void *data)
{
	(void)data;
	groups_leave(process);
}

static void counters_outlive_processes(void **state)
{
	struct groups *groups = groups_new(10, GROUP_BY_UNIT);
	struct table *table = table_new();
	struct process_sample sample = {.pid = 1, .start_time = 1, .opened = 100, .closed = 90};

	(void)state;
	table_begin_poll(table);
	take(groups, table, &sample, "a.service");
	sample.opened = 130;
	sample.refusals[CAUSE_NOFILE] = 2;
	take(groups, table, &sample, "a.service");
	assert_int_equal(find(groups, "a.service")->opened, 130);
	table_begin_poll(table);
	table_end_poll(table, leave, NULL);
	sample = (struct process_sample){.pid = 2, .start_time = 2, .opened = 5, .fds = 5};
	take(groups, table, &sample, "a.service");
	groups_measure(groups, table);
	assert_int_equal(find(groups, "a.service")->opened, 135);
	assert_int_equal(find(groups, "a.service")->closed, 90);
	assert_int_equal(find(groups, "a.service")->refusals[CAUSE_NOFILE], 2);
	assert_int_equal(find(groups, "a.service")->processes, 1);
	assert_int_equal(find(groups, "a.service")->fds, 5);
	table_free(table);
	groups_free(groups);
}

static void moved_takes_its_counts_from_then_on(void **state)
{
	struct groups *groups = groups_new(10, GROUP_BY_UNIT);
	struct table *table = table_new();
	struct process_sample sample = {.pid = 1, .start_time = 1, .opened = 100};

	(void)state;
	table_begin_poll(table);
	take(groups, table, &sample, "a.service");
	sample.cgroup_id = 7;
	sample.opened = 103;
	take(groups, table, &sample, "b.service");
	groups_measure(groups, table);
	assert_int_equal(find(groups, "a.service")->opened, 100);
	assert_int_equal(find(groups, "a.service")->processes, 0);
	assert_int_equal(find(groups, "b.service")->opened, 3);
	assert_int_equal(find(groups, "b.service")->processes, 1);
	table_free(table);
	groups_free(groups);
}

/* What no group is left for counts as `other`; one that is deserted gives way. */
static void bounded(void **state)
{
	struct groups *groups = groups_new(3, GROUP_BY_UNIT);
	struct table *table = table_new();
	char unit[16];

	(void)state;
	table_begin_poll(table);
	for (int i = 1; i <= 8; i++) {
		struct process_sample sample = {.pid = i, .start_time = 1, .opened = 10, .fds = 1};

		snprintf(unit, sizeof(unit), "u%d", i);
		take(groups, table, &sample, unit);
	}
	groups_measure(groups, table);
	assert_int_equal(groups_size(groups), 4);
	assert_int_equal(find(groups, GROUP_OTHER)->processes, 5);
	assert_int_equal(find(groups, GROUP_OTHER)->opened, 50);
	table_begin_poll(table);
	table_end_poll(table, leave, NULL);
	take(groups, table, &(struct process_sample){.pid = 9, .start_time = 1, .opened = 1}, "u9");
	assert_int_equal(groups_size(groups), 4);
	assert_non_null(find(groups, "u9"));
	assert_null(find(groups, "u1"));
	table_free(table);
	groups_free(groups);
}

static void named_by_unit_container_or_command(void **state)
{
	static const struct {
		enum group_by by;
		const char *unit, *container, *name;
	} cases[] = {
		{GROUP_BY_UNIT, "u", "c", "u"},       {GROUP_BY_UNIT, "", "c", "c"},
		{GROUP_BY_UNIT, "", "", "comm"},      {GROUP_BY_CONTAINER, "u", "c", "c"},
		{GROUP_BY_CONTAINER, "u", "", "u"},   {GROUP_BY_CONTAINER, "", "", "comm"},
		{GROUP_BY_COMMAND, "u", "c", "comm"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct groups *groups = groups_new(3, cases[i].by);
		struct process process = {.sample.comm = "comm"};
		struct process_sample none = {};

		PUT_TEXT(process.identity.unit, cases[i].unit);
		PUT_TEXT(process.identity.container, cases[i].container);
		groups_take(groups, &process, &none, true);
		assert_string_equal(process.group->name, cases[i].name);
		groups_free(groups);
	}
}

/* Two names that read alike are one group: as two they would be one series told twice. */
static void what_reads_alike_is_one(void **state)
{
	static const char *const units[] = {"\xff", "\\xff", "\xff"};
	struct groups *groups = groups_new(10, GROUP_BY_UNIT);
	struct table *table = table_new();
	char longest[256];

	(void)state;
	table_begin_poll(table);
	for (int i = 0; i < 3; i++) {
		struct process_sample sample = {.pid = i + 1, .start_time = 1};

		take(groups, table, &sample, units[i]);
	}
	memset(longest, 0xff, sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (int i = 4; i < 6; i++) /* cut, yet found again */
		take(groups, table, &(struct process_sample){.pid = i, .start_time = 1}, longest);
	groups_measure(groups, table);
	assert_int_equal(groups_size(groups), 2);
	assert_int_equal(find(groups, "\\xff")->processes, 3);
	table_free(table);
	groups_free(groups);
}

static void worst_of_all(void **state)
{
	struct groups *groups = groups_new(3, GROUP_BY_UNIT);
	struct table *table = table_new();
	struct process_sample calm = {.pid = 1, .start_time = 1, .fds = 10, .soft_limit = 100};
	struct process_sample bad = {.pid = 2, .start_time = 1, .fds = 90, .soft_limit = 100};

	(void)state;
	table_begin_poll(table);
	take(groups, table, &calm, "a");
	groups_measure(groups, table);
	assert_true(isnan(find(groups, "a")->eta));
	take(groups, table, &bad, "a")->state = STATE_CRITICAL;
	groups_measure(groups, table);
	assert_true(find(groups, "a")->worst_ratio == 0.9);
	assert_int_equal(find(groups, "a")->state, STATE_CRITICAL);
	table_free(table);
	groups_free(groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_outlive_processes),
		cmocka_unit_test(moved_takes_its_counts_from_then_on),
		cmocka_unit_test(bounded),
		cmocka_unit_test(named_by_unit_container_or_command),
		cmocka_unit_test(what_reads_alike_is_one),
		cmocka_unit_test(worst_of_all),
	};

	return RUN_TESTS(tests);
}
