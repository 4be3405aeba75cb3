// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode.h"

#include <errno.h>
#include <string.h>

#include "check.h"
#include "fdwatch/record.h"

static void process_is_taken_over(void **state)
{
	struct fdw_process_record r = {
		.start_time_ns = 5000999,
		.cgroup_id = 77,
		.soft_limit = 1024,
		.hard_limit = ~0ULL,
		.opened = 10,
		.closed = 4,
		.unattributed = 2,
		.drift = 1,
		.last_refusal_ns = 6000000,
		.execs = 3,
		.pid = 42,
		.parent_pid = 1,
		.uid = 1000,
		.euid = 1001,
		.suid = 1002,
		.fds = 6,
		.peak = 9,
		.reserved = 0,
		.flags = FDW_PROCESS_DUMPABLE | FDW_PROCESS_SHARED,
		.threads = 2,
		.inotify = 7,
		.inotify_max = 128,
		.inotify_uid = 1000,
		.inotify_ns = 99,
	};
	struct process_sample s;

	(void)state;
	for (int i = 0; i < FDW_REFUSAL_COUNT; i++)
		r.refusals[i] = 100 + i;
	memset(r.comm, 'x', sizeof(r.comm)); /* no NUL */
	assert_int_equal(decode_process(&r, sizeof(r), &s), 0);
	assert_int_equal(s.start_time, 5000);
	assert_int_equal(s.cgroup_id, 77);
	assert_int_equal(s.soft_limit, 1024);
	assert_true(s.hard_limit == LIMIT_INFINITY);
	assert_int_equal(s.opened, 10);
	assert_int_equal(s.closed, 4);
	assert_int_equal(s.unattributed, 2);
	assert_int_equal(s.drift, 1);
	assert_int_equal(s.last_refusal, 6000);
	assert_int_equal(s.execs, 3);
	assert_int_equal(s.pid, 42);
	assert_int_equal(s.parent_pid, 1);
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.euid, 1001);
	assert_int_equal(s.suid, 1002);
	assert_int_equal(s.fds, 6);
	assert_int_equal(s.peak, 9);
	assert_int_equal(s.threads, 2);
	assert_int_equal(s.inotify.used, 7);
	assert_int_equal(s.inotify.most, 128);
	assert_int_equal(s.inotify.uid, 1000);
	assert_int_equal(s.inotify.user_ns, 99);
	assert_true(s.reserved_known);
	assert_int_equal(s.reserved, 0);
	assert_true(s.dumpable);
	assert_false(s.compat);
	assert_true(s.shared);
	assert_int_equal(s.refusals[CAUSE_MQUEUE], 100 + FDW_REFUSAL_MQUEUE);
	assert_string_equal(s.comm, "xxxxxxxxxxxxxxx");
}

static void reserved_may_be_unknown(void **state)
{
	struct fdw_process_record r = {.reserved = FDW_UNKNOWN32, .flags = FDW_PROCESS_COMPAT};
	struct process_sample s;

	(void)state;
	assert_int_equal(decode_process(&r, sizeof(r), &s), 0);
	assert_false(s.reserved_known);
	assert_true(s.compat);
	assert_false(s.dumpable);
	r.reserved = 3;
	assert_int_equal(decode_process(&r, sizeof(r), &s), 0);
	assert_true(s.reserved_known);
	assert_int_equal(s.reserved, 3);
}

static void wrong_size_is_refused(void **state)
{
	char bytes[sizeof(struct fdw_process_record) + 8] = {0};
	struct process_sample sample;
	struct event event;

	(void)state;
	for (size_t size = 0; size <= sizeof(bytes); size++)
		if (size != sizeof(struct fdw_process_record))
			assert_int_equal(decode_process(bytes, size, &sample), -EINVAL);
	for (size_t size = 0; size <= sizeof(bytes); size++)
		if (size != sizeof(struct fdw_event))
			assert_int_equal(decode_event(bytes, size, 0, &event), -EINVAL);
}

static void refusal_says_which_limit(void **state)
{
	static const struct {
		enum fdw_refusal told;
		enum event_type type;
		enum refusal_cause cause;
	} cases[] = {
		{FDW_REFUSAL_NOFILE, EVENT_EMFILE, CAUSE_NOFILE},
		{FDW_REFUSAL_FILE_MAX, EVENT_ENFILE, CAUSE_FILE_MAX},
		{FDW_REFUSAL_PIPE, EVENT_ENFILE, CAUSE_PIPE},
		{FDW_REFUSAL_INOTIFY, EVENT_EMFILE, CAUSE_INOTIFY},
		{FDW_REFUSAL_FANOTIFY, EVENT_EMFILE, CAUSE_FANOTIFY},
		{FDW_REFUSAL_MQUEUE, EVENT_EMFILE, CAUSE_MQUEUE},
		{FDW_REFUSAL_OTHER, EVENT_EMFILE, CAUSE_OTHER},
	};
	struct fdw_event e = {.type = FDW_EVENT_REFUSAL};
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e.cause = cases[i].told;
		assert_int_equal(decode_event(&e, sizeof(e), 0, &event), 0);
		assert_int_equal(event.type, cases[i].type);
		assert_int_equal(event.cause, cases[i].cause);
	}
	e.cause = FDW_REFUSAL_COUNT;
	assert_int_equal(decode_event(&e, sizeof(e), 0, &event), -EINVAL);
	e.type = 99;
	assert_int_equal(decode_event(&e, sizeof(e), 0, &event), -EINVAL);
}

static void event_is_taken_over(void **state)
{
	struct fdw_event e = {
		.time_ns = 2000000,
		.start_time_ns = 1000000,
		.soft_limit = ~0ULL,
		.type = FDW_EVENT_THRESHOLD,
		.pid = 42,
		.fds = 900,
		.percent = 90,
		.uid = 1,
		.euid = 2,
		.suid = 3,
		.comm = "server",
	};
	struct event event;

	(void)state;
	assert_int_equal(decode_event(&e, sizeof(e), 1700000000000000, &event), 0);
	assert_int_equal(event.type, EVENT_THRESHOLD);
	assert_int_equal(event.real_time, 1700000000002000);
	assert_int_equal(event.start_time, 1000);
	assert_int_equal(event.pid, 42);
	assert_int_equal(event.fds, 900);
	assert_int_equal(event.percent, 90);
	assert_int_equal(event.uid, 1);
	assert_int_equal(event.euid, 2);
	assert_int_equal(event.suid, 3);
	assert_true(event.soft_limit == LIMIT_INFINITY);
	assert_string_equal(event.comm, "server");
	assert_string_equal(event.unit, "");
	assert_int_equal(decode_event(&e, sizeof(e), -1500, &event), 0);
	assert_int_equal(event.real_time, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_is_taken_over), cmocka_unit_test(reserved_may_be_unknown),
		cmocka_unit_test(wrong_size_is_refused), cmocka_unit_test(refusal_says_which_limit),
		cmocka_unit_test(event_is_taken_over),
	};

	return RUN_TESTS(tests);
}
