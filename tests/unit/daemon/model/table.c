// SPDX-License-Identifier: BSD-2-Clause
#include "model/table.h"

#include <string.h>

#include "check.h"

#define MANY 10000

struct ended {
	size_t count;
	uint64_t start_times; /* their sum */
	int32_t last_pid;
};

static void count_gone(struct process *process, void *data)
{
	struct ended *ended = data;

	ended->count++;
	ended->start_times += process->sample.start_time;
	ended->last_pid = process->sample.pid;
}

static int update(struct table *table, int32_t pid, uint64_t start_time)
{
	struct process_sample sample = {.pid = pid, .start_time = start_time};
	struct process *process;

	return table_update(table, &sample, &process, NULL);
}

static void new_then_same(void **state)
{
	struct table *table = table_new();
	struct process_sample sample = {.pid = 7, .start_time = 70, .fds = 3}, previous;
	struct process *process, *again;

	(void)state;
	table_begin_poll(table);
	assert_int_equal(table_update(table, &sample, &process, &previous), TABLE_NEW);
	PUT_TEXT(process->identity.unit, "a.service");
	process->state = STATE_GROWING;
	sample.fds = 9;
	table_begin_poll(table);
	assert_int_equal(table_update(table, &sample, &again, &previous), TABLE_SAME);
	assert_ptr_equal(process, again);
	assert_ptr_equal(table_find(table, 7), process);
	assert_int_equal(previous.fds, 3);
	assert_int_equal(process->sample.fds, 9);
	assert_string_equal(process->identity.unit, "a.service");
	assert_int_equal(process->state, STATE_GROWING);
	assert_int_equal(table_size(table), 1);
	table_free(table);
}

static void executed_and_moved(void **state)
{
	struct table *table = table_new();
	struct process_sample sample = {.pid = 7, .start_time = 70, .execs = 1, .cgroup_id = 5};
	struct process *process;

	(void)state;
	table_begin_poll(table);
	table_update(table, &sample, &process, NULL);
	sample.execs = 2;
	assert_int_equal(table_update(table, &sample, &process, NULL), TABLE_EXECUTED);
	sample.cgroup_id = 6;
	assert_int_equal(table_update(table, &sample, &process, NULL), TABLE_MOVED);
	sample.execs = 3;
	sample.cgroup_id = 7;
	assert_int_equal(table_update(table, &sample, &process, NULL), TABLE_EXECUTED);
	assert_int_equal(table_update(table, &sample, &process, NULL), TABLE_SAME);
	table_free(table);
}

static void ended_is_told_and_forgotten(void **state)
{
	struct table *table = table_new();
	struct ended ended = {0};

	(void)state;
	table_begin_poll(table);
	update(table, 1, 10);
	update(table, 2, 20);
	table_end_poll(table, count_gone, &ended);
	assert_int_equal(ended.count, 0);

	table_begin_poll(table);
	update(table, 1, 10);
	assert_non_null(table_find(table, 2));
	table_end_poll(table, count_gone, &ended);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.last_pid, 2);
	assert_null(table_find(table, 2));
	assert_int_equal(table_size(table), 1);
	table_free(table);
}

static void reused_pid_is_another_process(void **state)
{
	struct table *table = table_new();
	struct process_sample sample = {.pid = 7, .start_time = 71};
	struct process_sample previous = {.fds = 99};
	struct process *old, *process;
	struct ended ended = {0};

	(void)state;
	table_begin_poll(table);
	update(table, 7, 70);
	old = table_find(table, 7);
	old->state = STATE_CRITICAL;
	table_end_poll(table, count_gone, &ended);

	table_begin_poll(table);
	assert_int_equal(table_update(table, &sample, &process, &previous), TABLE_NEW);
	assert_ptr_not_equal(process, old);
	assert_int_equal(process->state, STATE_OK);
	assert_int_equal(previous.fds, 99);
	assert_int_equal(old->sample.start_time, 70); /* good until the end of the poll */
	assert_int_equal(table_size(table), 1);
	/* Taken over twice within one poll. */
	assert_int_equal(update(table, 7, 72), TABLE_NEW);
	table_end_poll(table, count_gone, &ended);
	assert_int_equal(ended.count, 2);
	assert_int_equal(ended.start_times, 70 + 71);
	assert_int_equal(table_find(table, 7)->sample.start_time, 72);

	table_begin_poll(table);
	update(table, 7, 73);
	table_free(table); /* frees the one set aside too */
}

static void walk_meets_each_once(void **state)
{
	static unsigned char met[MANY];
	struct table *table = table_new();
	struct process *process = NULL;
	struct ended ended = {0};
	size_t count = 0;

	(void)state;
	assert_null(table_next(table, NULL));
	table_begin_poll(table);
	for (int32_t pid = 0; pid < MANY; pid++)
		assert_int_equal(update(table, pid, pid * 3), TABLE_NEW);
	while ((process = table_next(table, process))) {
		assert_int_equal(met[process->sample.pid]++, 0);
		count++;
	}
	assert_int_equal(count, MANY);
	table_end_poll(table, count_gone, &ended);
	assert_int_equal(ended.count, 0);

	table_begin_poll(table);
	for (int32_t pid = 0; pid < MANY; pid += 2)
		assert_int_equal(update(table, pid, pid * 3), TABLE_SAME);
	table_end_poll(table, count_gone, &ended);
	assert_int_equal(ended.count, MANY / 2);
	assert_int_equal(table_size(table), MANY / 2);
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_then_same),
		cmocka_unit_test(executed_and_moved),
		cmocka_unit_test(ended_is_told_and_forgotten),
		cmocka_unit_test(reused_pid_is_another_process),
		cmocka_unit_test(walk_meets_each_once),
	};

	return RUN_TESTS(tests);
}
