// SPDX-License-Identifier: BSD-2-Clause
#include "serve/metrics.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"

static void nobody(struct metrics_itself *itself)
{
	(void)itself;
}

static struct process *add(struct table *table, int32_t pid, uint32_t fds)
{
	struct process_sample sample = {
		.pid = pid, .start_time = 1, .fds = fds, .soft_limit = 1024, .comm = "program"};
	struct process *process;

	table_update(table, &sample, &process, NULL);
	return process;
}

/* Where only some have series of their own: who will run out, before who is full and calm. */
static void the_endangered_have_series(void **state)
{
	struct status status = {};
	struct metrics_source source = {
		.table = table_new(),
		.groups = groups_new(10, GROUP_BY_UNIT),
		.status = &status,
		.processes = 2,
		.itself = nobody,
	};
	_free_ char *text = NULL;
	size_t length;

	(void)state;
	table_begin_poll(source.table);
	add(source.table, 1, 900);
	add(source.table, 2, 100)->state = STATE_CRITICAL;
	add(source.table, 3, 950);
	assert_int_equal(metrics_write(&source, EXPOSITION_CLASSIC, &text, &length), 0);
	assert_non_null(strstr(text, "fdwatch_process_open_fds{pid=\"2\""));
	assert_non_null(strstr(text, "fdwatch_process_open_fds{pid=\"3\""));
	assert_null(strstr(text, "pid=\"1\""));
	groups_free(source.groups);
	table_free(source.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_endangered_have_series),
	};

	return RUN_TESTS(tests);
}
