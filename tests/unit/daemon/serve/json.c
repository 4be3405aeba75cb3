// SPDX-License-Identifier: BSD-2-Clause
/* The JSON that the socket answers, read back by another hand. */
#include "check.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "model/forecast.h"
#include "serve/json.h"

static json_t *read_back(const struct writer *writer)
{
	json_error_t error;
	json_t *json = json_loadb(writer->data, writer->length, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("no JSON: %s: %.*s", error.text, (int)writer->length, writer->data);
	return json;
}

static json_int_t number(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value))
		fail_msg("%s is no whole number", key);
	return json_integer_value(value);
}

static const char *string(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_string(value))
		fail_msg("%s is no string", key);
	return json_string_value(value);
}

static void expect_null(const json_t *json, const char *key)
{
	if (!json_is_null(json_object_get(json, key)))
		fail_msg("%s is not null", key);
}

static json_t *process_json(const struct process *process, const char *user)
{
	const struct json_process_extras extras = {.user = user, .boot_time = 1000000000000000};
	_cleanup_(writer_free) struct writer writer = {};

	write_open(&writer, NULL, '{');
	json_process(&writer, process, &extras);
	write_close(&writer, '}');
	return read_back(&writer);
}

static const struct process example = {
	.sample =
		{
			.pid = 42,
			.parent_pid = 7,
			.start_time = 123456789,
			.comm = "caf\xc3\xa9\xff",
			.uid = 1000,
			.threads = 3,
			.fds = 512,
			.peak = 700,
			.reserved = 2,
			.reserved_known = true,
			.soft_limit = 1024,
			.hard_limit = LIMIT_INFINITY,
			.opened = 900,
			.closed = 388,
			.unattributed = 5,
			.refusals = {[CAUSE_NOFILE] = 3, [CAUSE_INOTIFY] = 1},
			.last_refusal = 5000000,
		},
	.identity = {.unit = "web.service"},
	.state = STATE_EXHAUSTED,
};

static void test_process(void **state)
{
	json_t *json = process_json(&example, "someone");
	json_t *refusals = json_object_get(json, "refusals");

	(void)state;
	assert_int_equal(number(json, "pid"), 42);
	assert_int_equal(number(json, "parent_pid"), 7);
	assert_int_equal(number(json, "start_time"), 123456789);
	assert_string_equal(string(json, "comm"), "caf\xc3\xa9\\xff");
	assert_string_equal(string(json, "user"), "someone");
	assert_string_equal(string(json, "unit"), "web.service");
	expect_null(json, "container");
	assert_int_equal(number(json, "fds"), 512);
	assert_int_equal(number(json, "reserved"), 2);
	assert_int_equal(number(json, "soft_limit"), 1024);
	expect_null(json, "hard_limit");
	assert_true(json_real_value(json_object_get(json, "usage")) == 0.5);
	assert_int_equal(number(json, "opened_total"), 900);
	assert_int_equal(number(json, "closed_total"), 388);
	assert_int_equal(number(json, "emfile_total"), 3);
	assert_int_equal(json_object_size(refusals), 2);
	assert_int_equal(number(refusals, "RLIMIT_NOFILE"), 3);
	assert_string_equal(string(json, "last_refusal_time"), "2001-09-09T01:46:45.000000Z");
	expect_null(json, "growth_per_second");
	expect_null(json, "eta_seconds");
	expect_null(json, "eta_low_seconds");
	expect_null(json, "eta_high_seconds");
	assert_string_equal(string(json, "state"), "exhausted");
	assert_true(json_is_false(json_object_get(json, "tracked")));
	json_decref(json);
}

/* What is not known is null, never 0. */
static void test_unknown(void **state)
{
	struct process process = example;
	json_t *json;

	(void)state;
	process.sample.uncounted = true;
	process.sample.reserved_known = false;
	process.sample.last_refusal = 0;
	process.sample.soft_limit = LIMIT_INFINITY;
	process.identity.unit[0] = '\0';
	json = process_json(&process, NULL);
	assert_string_equal(string(json, "user"), "1000");
	assert_int_equal(number(json, "fds"), 512);
	assert_int_equal(number(json, "usage"), 0);
	expect_null(json, "soft_limit");
	expect_null(json, "opened_total");
	expect_null(json, "closed_total");
	expect_null(json, "reserved");
	expect_null(json, "last_refusal_time");
	expect_null(json, "unit");
	json_decref(json);
}

static json_t *descriptors_json(struct descriptor *items, size_t count)
{
	struct descriptor_list list = {.items = items, .count = count};
	_cleanup_(writer_free) struct writer writer = {};

	for (size_t i = 0; i < count; i++)
		list.kinds[items[i].kind]++;
	write_open(&writer, NULL, '{');
	json_descriptors(&writer, &list, NULL, 0);
	write_close(&writer, '}');
	return read_back(&writer);
}

static void test_descriptors(void **state)
{
	char hostile[] = "/tmp/\x1b[2J\xff";
	struct socket_info socket = {
		.family = "unix",
		.type = "stream",
		.protocol = "",
		.state = "CONNECTED",
		.peer_inode = 99,
	};
	struct descriptor items[] = {
		{.fd = 3,
		 .kind = FDW_KIND_FILE,
		 .name = hostile,
		 .inode = 5,
		 .offset = 6,
		 .device_major = 8,
		 .device_minor = 1,
		 .cloexec = true,
		 .flags = O_RDWR | O_NONBLOCK | O_APPEND},
		{.fd = 4, .kind = FDW_KIND_SOCKET, .socket = &socket, .flags = O_RDWR},
	};
	json_t *json = descriptors_json(items, 2);
	json_t *list = json_object_get(json, "descriptors");
	json_t *file = json_array_get(list, 0), *other = json_array_get(list, 1);
	json_t *end = json_object_get(other, "socket");

	(void)state;
	assert_int_equal(json_object_size(json_object_get(json, "kinds")), 2);
	assert_int_equal(number(json_object_get(json, "kinds"), "file"), 1);
	assert_int_equal(number(file, "fd"), 3);
	assert_string_equal(string(file, "kind"), "file");
	assert_string_equal(string(file, "path"), "/tmp/\x1b[2J\\xff");
	assert_string_equal(string(file, "device"), "8:1");
	assert_int_equal(number(file, "inode"), 5);
	assert_int_equal(number(file, "offset"), 6);
	assert_true(json_is_true(json_object_get(file, "cloexec")));
	expect_null(file, "socket");
	expect_null(file, "age_seconds");
	expect_null(file, "site");
	expect_null(other, "path");
	assert_string_equal(string(end, "family"), "unix");
	assert_string_equal(string(end, "state"), "CONNECTED");
	expect_null(end, "protocol");
	expect_null(end, "local");
	assert_int_equal(number(end, "peer_inode"), 99);
	json_decref(json);
}

/* Paths that would be too long are null, and counted; so are those that the list left out. */
static void test_long_paths(void **state)
{
	char longest[4097] = "", hard[4097] = "", fits[1400] = "";
	struct descriptor items[] = {
		{.fd = 3, .kind = FDW_KIND_FILE, .name = longest},
		{.fd = 4, .kind = FDW_KIND_FILE, .name = hard},
		{.fd = 5, .kind = FDW_KIND_FILE, .name = fits},
	};
	json_t *json, *list;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	memset(hard, '\x01', sizeof(hard) - 1);
	memset(fits, '\x01', 1360);
	json = descriptors_json(items, 3);
	list = json_object_get(json, "descriptors");
	assert_string_equal(string(json_array_get(list, 0), "path"), longest);
	expect_null(json_array_get(list, 1), "path");
	assert_string_equal(string(json_array_get(list, 2), "path"), fits);
	assert_int_equal(number(json, "paths_cut"), 1);
	json_decref(json);
}

/* However long its paths are, an answer is bounded by the number of descriptors. */
static void test_many_long_paths(void **state)
{
	static struct descriptor items[19000];
	struct descriptor_list list = {.items = items, .count = 19000, .names_cut = 7};
	_cleanup_(writer_free) struct writer writer = {};
	static char name[4097];
	json_t *json;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	memset(name, '\x01', 700); /* 7598 bytes of JSON */
	for (size_t i = 0; i < list.count; i++)
		items[i] = (struct descriptor){.fd = (int)i, .kind = FDW_KIND_FILE, .name = name};
	write_open(&writer, NULL, '{');
	json_descriptors(&writer, &list, NULL, 0);
	write_close(&writer, '}');
	assert_in_range(writer.length, 16 << 20, 22 << 20);
	json = read_back(&writer);
	assert_int_equal(json_array_size(json_object_get(json, "descriptors")), 19000);
	assert_int_equal(number(json, "paths_cut"), 7 + 19000 - (16 << 20) / 7598);
	json_decref(json);
}

static void test_flags(void **state)
{
	static const struct {
		uint32_t flags;
		const char *json;
	} cases[] = {
		{O_RDONLY, "[\"O_RDONLY\"]"},
		{O_WRONLY | O_APPEND, "[\"O_WRONLY\",\"O_APPEND\"]"},
		{O_RDWR | O_NONBLOCK, "[\"O_RDWR\",\"O_NONBLOCK\"]"},
		{O_WRONLY | O_SYNC, "[\"O_WRONLY\",\"O_SYNC\"]"},
		{O_WRONLY | O_DSYNC, "[\"O_WRONLY\",\"O_DSYNC\"]"},
		{O_RDONLY | O_DIRECTORY, "[\"O_RDONLY\",\"O_DIRECTORY\"]"},
		{O_RDWR | O_TMPFILE, "[\"O_RDWR\",\"O_TMPFILE\"]"},
		{O_PATH, "[\"O_PATH\"]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct descriptor item = {.kind = FDW_KIND_FILE, .flags = cases[i].flags};
		json_t *json = descriptors_json(&item, 1);
		const json_t *first = json_array_get(json_object_get(json, "descriptors"), 0);
		_free_ char *flags = json_dumps(json_object_get(first, "flags"), JSON_COMPACT);

		assert_string_equal(flags, cases[i].json);
		json_decref(json);
	}
}

static json_t *event_json(const struct event *event)
{
	_cleanup_(writer_free) struct writer writer = {};

	json_event(&writer, event);
	assert_int_equal(writer.data[writer.length - 1], '\n');
	assert_ptr_equal(memchr(writer.data, '\n', writer.length),
			 writer.data + writer.length - 1); /* one line */
	return read_back(&writer);
}

/* A process that opens one descriptor a second has that growth, and a time left. */
/* Back from the last poll to its start, the oldest first. */
static void test_past(void **state)
{
	struct forecast_sample sample = {.limit = 1000, .live = 10};
	struct process process = {.sample.start_time = 5000000, .forecast = forecast_new()};
	_cleanup_(writer_free) struct writer writer = {};
	double before = INFINITY, most = 0;
	json_t *json, *past, *part;
	size_t i;

	(void)state;
	for (int second = 0; second < 100; second++) {
		assert_int_equal(forecast_add(process.forecast, &sample, NULL), 0);
		sample.t += 1000000;
		sample.live += second > 50;
	}
	write_open(&writer, NULL, '{');
	json_past(&writer, &process, process.sample.start_time + sample.t);
	write_close(&writer, '}');
	json = read_back(&writer);
	past = json_object_get(json, "past");
	assert_true(json_array_size(past) > 3);
	json_array_foreach (past, i, part) {
		double ago = json_number_value(json_object_get(part, "ago_seconds"));

		assert_true(ago < before && ago >= 0);
		before = ago;
		most = json_number_value(json_object_get(part, "most"));
		assert_true(json_number_value(json_object_get(part, "least")) <= most);
	}
	assert_true(most == 58);
	assert_true(
		fabs(json_number_value(json_object_get(json_array_get(past, 0), "ago_seconds")) -
		     100) < 1);
	json_decref(json);
	forecast_free(process.forecast);
}

static void test_outlook(void **state)
{
	struct forecast_sample sample = {.limit = 1000, .live = 10};
	struct process process = {.forecast = forecast_new()};
	json_t *json;

	(void)state;
	for (int i = 0; i < 500; i++) {
		sample.t += 1000000;
		sample.live++;
		assert_int_equal(forecast_add(process.forecast, &sample, NULL), 0);
	}
	json = process_json(&process, NULL);
	assert_true(fabs(json_number_value(json_object_get(json, "growth_per_second")) - 1) < 0.1);
	assert_true(fabs(json_number_value(json_object_get(json, "eta_seconds")) - 490) < 50);
	assert_true(json_number_value(json_object_get(json, "eta_low_seconds")) < 540);
	assert_true(json_number_value(json_object_get(json, "eta_high_seconds")) > 440);
	json_decref(json);
	forecast_free(process.forecast);
}

static void test_shared_event(void **state)
{
	struct event event = {
		.type = EVENT_STATE,
		.subject = "inotify:alice",
		.reason = "fs.inotify.max_user_instances",
		.fds = 128,
		.soft_limit = 128,
		.eta = 0,
		.state = STATE_EXHAUSTED,
	};
	json_t *json = event_json(&event);

	(void)state;
	assert_string_equal(string(json, "scope"), "system");
	assert_string_equal(string(json, "subject"), "inotify:alice");
	assert_string_equal(string(json, "cause"), "fs.inotify.max_user_instances");
	expect_null(json, "pid");
	expect_null(json, "start_time");
	expect_null(json, "comm");
	json_decref(json);
}

static void test_shared_limits(void **state)
{
	const struct inotify_use mine = {.used = 7, .most = 128, .uid = 1000, .user_ns = 5};
	const struct inotify_use other = {.used = 8, .most = 128, .uid = 1001, .user_ns = 5};
	struct json_shared shared = {.limits = shared_new(), .uid = 1000};
	const struct status status = {.nr_open = 1048576};
	_cleanup_(writer_free) struct writer writer = {};
	const json_t *limits, *first;
	json_t *json;

	(void)state;
	shared_begin((struct shared_limits *)shared.limits);
	shared_see_inotify((struct shared_limits *)shared.limits, &other);
	shared_see_inotify((struct shared_limits *)shared.limits, &mine);
	json_status(&writer, &status, &shared, 17, 3500000);
	json = read_back(&writer);
	assert_int_equal(number(json_object_get(json, "system"), "nr_open"), 1048576);
	limits = json_object_get(json_object_get(json, "system"), "limits");
	assert_int_equal(json_array_size(limits), 1); /* another's is not shown */
	first = json_array_get(limits, 0);
	assert_string_equal(string(first, "subject"), "inotify:1000@5");
	assert_int_equal(number(first, "used"), 7);
	assert_int_equal(number(first, "maximum"), 128);
	assert_string_equal(string(first, "state"), "ok");
	json_decref(json);
	shared_free((struct shared_limits *)shared.limits);
}

static void test_event(void **state)
{
	struct event event = {
		.type = EVENT_EMFILE,
		.real_time = 1000000000000000,
		.pid = 42,
		.comm = "a\nb",
		.unit = "web.service",
		.fds = 1024,
		.soft_limit = 1024,
		.eta = NAN,
		.state = STATE_EXHAUSTED,
		.cause = CAUSE_NOFILE,
	};
	json_t *json = event_json(&event);

	(void)state;
	assert_string_equal(string(json, "time"), "2001-09-09T01:46:40.000000Z");
	assert_string_equal(string(json, "type"), "emfile");
	assert_string_equal(string(json, "scope"), "process");
	expect_null(json, "subject");
	assert_int_equal(number(json, "pid"), 42);
	assert_string_equal(string(json, "comm"), "a\nb");
	assert_string_equal(string(json, "unit"), "web.service");
	assert_int_equal(number(json, "fds"), 1024);
	assert_int_equal(number(json, "soft_limit"), 1024);
	assert_string_equal(string(json, "state"), "exhausted");
	assert_string_equal(string(json, "cause"), "RLIMIT_NOFILE");
	expect_null(json, "previous");
	expect_null(json, "eta_seconds");
	expect_null(json, "incident");
	json_decref(json);
	event.type = EVENT_STATE;
	event.eta = 12.5;
	event.previous = STATE_WARNING;
	json = event_json(&event);
	assert_string_equal(string(json, "previous"), "warning");
	assert_true(json_real_value(json_object_get(json, "eta_seconds")) == 12.5);
	expect_null(json, "cause");
	json_decref(json);
}

static void test_lost(void **state)
{
	_cleanup_(writer_free) struct writer writer = {};
	json_t *json;

	(void)state;
	json_lost(&writer, 0, 12);
	json = read_back(&writer);
	assert_string_equal(string(json, "type"), "lost");
	assert_int_equal(number(json, "count"), 12);
	json_decref(json);
}

static void test_status(void **state)
{
	const struct status status = {
		.started = 1000000,
		.interval_seconds = 1,
		.poll_seconds = 0.0025,
		.drift = 4,
		.allocated = 5000,
		.maximum = 100000,
		.backend = "tracepoint",
		.kernel = "6.1.0",
		.persistent = true,
		.loss_count = 2,
		.losses = {{"ring_full", 3}, {"no_record", 4}},
		.skipped_count = 1,
		.skipped = {"memfd_secret"},
		.channel_count = 1,
		.channels = {{"hook", .waiting = 2, .given_up_total = 1}},
	};
	_cleanup_(writer_free) struct writer writer = {};
	json_t *json;

	(void)state;
	json_status(&writer, &status, NULL, 17, 3500000);
	json = read_back(&writer);
	assert_string_equal(string(json, "version"), FDW_VERSION);
	assert_true(json_real_value(json_object_get(json, "uptime_seconds")) == 2.5);
	assert_int_equal(number(json, "processes"), 17);
	assert_int_equal(number(json, "tracked"), 0);
	assert_int_equal(number(json, "lost_events_total"), 7);
	assert_int_equal(number(json_object_get(json, "lost_events"), "no_record"), 4);
	assert_int_equal(number(json, "drift_total"), 4);
	assert_int_equal(number(json_object_get(json, "system"), "allocated"), 5000);
	assert_true(json_is_true(json_object_get(json, "persistent")));
	assert_int_equal(json_array_size(json_object_get(json, "skipped_calls")), 1);
	json_t *hook = json_object_get(json_object_get(json, "channels"), "hook");
	assert_int_equal(number(hook, "waiting"), 2);
	assert_int_equal(number(hook, "given_up_total"), 1);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),      cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_descriptors),  cmocka_unit_test(test_flags),
		cmocka_unit_test(test_past),         cmocka_unit_test(test_event),
		cmocka_unit_test(test_outlook),      cmocka_unit_test(test_event),
		cmocka_unit_test(test_lost),         cmocka_unit_test(test_status),
		cmocka_unit_test(test_shared_event), cmocka_unit_test(test_shared_limits),
		cmocka_unit_test(test_long_paths),   cmocka_unit_test(test_many_long_paths),
	};

	return RUN_TESTS(tests);
}
