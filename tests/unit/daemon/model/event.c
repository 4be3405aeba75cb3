// SPDX-License-Identifier: BSD-2-Clause
#include "model/event.h"

#include <string.h>

#include "check.h"

static void count_added(void *data)
{
	++*(int *)data;
}

static void ids_rise_from_one(void **state)
{
	struct event_log *log = event_log_new();
	struct event event = {.id = 77, .pid = 5, .type = EVENT_EXIT};
	int added = 0;

	(void)state;
	assert_null(event_log_next(log, 0));
	event_log_add(log, &event);
	event_log_on_add(log, count_added, &added);
	event.pid = 6;
	PUT_TEXT(event.comm, "six");
	event_log_add(log, &event);
	memset(&event, 0xff, sizeof(event)); /* the log keeps a copy */

	assert_int_equal(added, 1);
	assert_int_equal(event_log_next(log, 0)->id, 1);
	assert_int_equal(event_log_next(log, 0)->pid, 5);
	assert_int_equal(event_log_next(log, 1)->id, 2);
	assert_string_equal(event_log_next(log, 1)->comm, "six");
	assert_null(event_log_next(log, 2));
	assert_null(event_log_next(log, 3));
	assert_null(event_log_next(log, UINT64_MAX));
	event_log_free(log);
}

static void oldest_gives_way(void **state)
{
	struct event_log *log = event_log_new();
	const struct event *event = NULL;
	uint64_t after = 0, last = 2 * EVENT_LOG_CAPACITY + 3;
	size_t kept = 0;

	(void)state;
	for (uint64_t i = 1; i <= last; i++)
		event_log_add(log, &(struct event){.real_time = i});
	assert_int_equal(event_log_next(log, 0)->id, last - EVENT_LOG_CAPACITY + 1);
	assert_int_equal(event_log_next(log, 5)->id, last - EVENT_LOG_CAPACITY + 1);
	while ((event = event_log_next(log, after))) {
		assert_int_equal(event->real_time, event->id);
		after = event->id;
		kept++;
	}
	assert_int_equal(after, last);
	assert_int_equal(kept, EVENT_LOG_CAPACITY);
	event_log_free(log);
}

/* A host ends thousands of processes while somebody sleeps; what was refused is still told. */
static void exits_push_out_exits_only(void **state)
{
	struct event_log *log = event_log_new();
	const struct event *event;
	uint64_t after = 0;
	size_t exits = 0;

	(void)state;
	event_log_add(log, &(struct event){.type = EVENT_EMFILE});
	for (int i = 0; i < 3 * EVENT_LOG_EXITS; i++)
		event_log_add(log, &(struct event){.type = EVENT_EXIT});
	event_log_add(log, &(struct event){.type = EVENT_STATE});
	assert_int_equal(event_log_next(log, 0)->type, EVENT_EMFILE);
	assert_int_equal(event_log_next(log, 0)->serial, 1);
	while ((event = event_log_next(log, after))) {
		assert_true(event->id > after);
		after = event->id;
		exits += event->type == EVENT_EXIT;
	}
	assert_int_equal(after, event_log_last(log));
	assert_int_equal(event_log_serial(log), 2);
	assert_int_equal(exits, EVENT_LOG_EXITS);
	event_log_free(log);
}

static void every_type_has_a_name(void **state)
{
	(void)state;
	for (int type = 0; type < EVENT_TYPE_COUNT; type++)
		assert_non_null(event_type_name(type));
	assert_string_equal(event_type_name(EVENT_THRESHOLD), "threshold");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_rise_from_one),
		cmocka_unit_test(oldest_gives_way),
		cmocka_unit_test(exits_push_out_exits_only),
		cmocka_unit_test(every_type_has_a_name),
	};

	return RUN_TESTS(tests);
}
