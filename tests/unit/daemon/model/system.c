// SPDX-License-Identifier: BSD-2-Clause
#include "model/system.h"

#include <stdlib.h>

#include "check.h"

#define SECOND 1000000ULL
#define HOST_NS 4026531837U

struct told {
	int count;
	enum process_state previous, state;
	char name[SHARED_NAME_SIZE];
};

static void on_changed(const struct shared_limit *limit, enum process_state previous, void *data)
{
	struct told *told = data;

	told->count++;
	told->previous = previous;
	told->state = limit->state;
	shared_name(limit, NULL, told->name);
}

static const struct alarm_thresholds own;

static void poll(struct shared_limits *s, uint64_t now, const struct inotify_use *use,
		 const struct alarm_thresholds *thresholds, struct told *told)
{
	shared_begin(s);
	shared_see_files(s, 1000, INT64_MAX);
	if (use)
		shared_see_inotify(s, use);
	shared_end(s, now, thresholds, on_changed, told);
}

static void full_is_exhausted(void **state)
{
	struct inotify_use use = {.used = 10, .most = 128, .uid = 1000, .user_ns = HOST_NS};
	struct shared_limits *s = shared_new();
	struct told told = {};

	(void)state;
	poll(s, 5 * SECOND, &use, &own, &told);
	use.used = 127; /* high, but there is room */
	for (int i = 6; i < 10; i++)
		poll(s, (uint64_t)i * SECOND, &use, &own, &told);
	use.used = 128;
	poll(s, 10 * SECOND, &use, &own, &told);
	assert_int_equal(told.state, STATE_EXHAUSTED);
	assert_string_equal(told.name, "inotify:1000");
	use.used = 3;
	told.count = 0;
	poll(s, 11 * SECOND, &use, &own, &told);
	assert_int_equal(told.previous, STATE_EXHAUSTED);
	assert_int_equal(told.count, 1);
	shared_free(s);
}

/* With fs.file-max spent the daemon can't read, either; that is told all the same. */
static void a_refusal_is_told_blind(void **state)
{
	struct shared_limits *s = shared_new();
	struct told told = {};

	(void)state;
	poll(s, SECOND, NULL, &own, &told);
	shared_begin(s);
	shared_end_blind(s, 2 * SECOND, on_changed, &told);
	assert_int_equal(told.count, 0);
	assert_non_null(shared_next(s, NULL)); /* nobody is gone */
	shared_refused(s, NULL, 2 * SECOND);
	for (uint64_t i = 3; i < 6; i++) {
		shared_begin(s);
		shared_end_blind(s, i * SECOND, on_changed, &told);
		assert_int_equal(told.count, 1);
	}
	assert_int_equal(told.state, STATE_EXHAUSTED);
	assert_string_equal(told.name, "fs.file-max");
	poll(s, 3 * SECOND + EXHAUSTED_FOR, NULL, &own, &told);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.state, STATE_OK);
	shared_free(s);
}

static void a_refusal_is_remembered(void **state)
{
	const struct inotify_use use = {.used = 10, .most = 128, .uid = 7, .user_ns = 55};
	struct shared_limits *s = shared_new();
	struct told told = {};

	(void)state;
	poll(s, SECOND, &use, &own, &told);
	assert_int_equal(told.count, 0);
	shared_refused(s, &use, SECOND);
	poll(s, 2 * SECOND, &use, &own, &told);
	assert_int_equal(told.state, STATE_EXHAUSTED);
	assert_string_equal(told.name, "inotify:7@55");
	poll(s, SECOND + EXHAUSTED_FOR, &use, &own, &told);
	assert_int_equal(told.state, STATE_OK);
	assert_int_equal(told.count, 2);
	shared_refused(s, NULL, 70 * SECOND); /* the host's files */
	poll(s, 71 * SECOND, &use, &own, &told);
	assert_string_equal(told.name, "fs.file-max");
	shared_free(s);
}

static void who_is_gone_is_over(void **state)
{
	const struct inotify_use use = {.used = 128, .most = 128, .uid = 7, .user_ns = 55};
	const struct inotify_use none = {.used = 0, .most = 128, .uid = 8, .user_ns = 55};
	const struct shared_limit *limit;
	struct shared_limits *s = shared_new();
	struct told told = {};

	(void)state;
	poll(s, SECOND, &use, &own, &told);
	assert_int_equal(told.state, STATE_EXHAUSTED);
	poll(s, 2 * SECOND, &none, &own, &told);
	assert_int_equal(told.state, STATE_OK);
	assert_int_equal(told.count, 2);
	limit = shared_next(s, NULL);
	assert_int_equal(limit->kind, SHARED_FILE_MAX);
	assert_true(limit->most == LIMIT_INFINITY);
	assert_null(shared_next(s, limit));
	shared_free(s);
	shared_free(NULL);
}

static void levels_hold(void **state)
{
	const struct alarm_thresholds thresholds = {.warning.level = 0.5, .critical.level = 0.9};
	struct inotify_use use = {.used = 63, .most = 128, .uid = 7, .user_ns = 55};
	struct shared_limits *s = shared_new();
	struct told told = {};

	(void)state;
	poll(s, SECOND, &use, &thresholds, &told);
	assert_int_equal(told.count, 0);
	use.used = 64;
	poll(s, 2 * SECOND, &use, &thresholds, &told);
	assert_int_equal(told.state, STATE_WARNING);
	use.used = 120;
	poll(s, 3 * SECOND, &use, &thresholds, &told);
	assert_int_equal(told.state, STATE_CRITICAL);
	shared_free(s);
}

/* One instance a second of 128: told well before the last. */
static void a_leak_is_foreseen(void **state)
{
	struct inotify_use use = {.most = 128, .uid = 7, .user_ns = 55};
	struct shared_limits *s = shared_new();
	struct told told = {};
	uint32_t warned = 0;

	(void)state;
	for (use.used = 1; use.used < 128; use.used++) {
		poll(s, use.used * SECOND, &use, &own, &told);
		if (told.state >= STATE_WARNING && !warned)
			warned = use.used;
	}
	assert_in_range(warned, 20, 110);
	shared_free(s);
}

static void bounded(void **state)
{
	struct inotify_use use = {.used = 1, .most = 128, .user_ns = HOST_NS};
	struct shared_limits *s = shared_new();
	const struct shared_limit *limit = NULL;
	int count = 0;

	(void)state;
	shared_begin(s);
	for (use.uid = 0; use.uid < 2 * SHARED_LIMITS_MAX; use.uid++)
		shared_see_inotify(s, &use);
	while ((limit = shared_next(s, limit)))
		count++;
	assert_int_equal(count, SHARED_LIMITS_MAX);
	shared_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_is_exhausted),
		cmocka_unit_test(a_refusal_is_told_blind),
		cmocka_unit_test(a_refusal_is_remembered),
		cmocka_unit_test(who_is_gone_is_over),
		cmocka_unit_test(levels_hold),
		cmocka_unit_test(a_leak_is_foreseen),
		cmocka_unit_test(bounded),
	};

	return RUN_TESTS(tests);
}
