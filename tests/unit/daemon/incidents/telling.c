// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/telling.h"

#include "daemon/notify/told.h"

static struct told told;
static struct telling *telling;

static void on_log(int level, const char *line, void *data)
{
	(void)data;
	told_log(level, line, &told);
}

/* With a hook that never comes to an end: all that is told waits. */
static int set_up(void **state)
{
	struct notify_config config;
	struct failure failure;

	(void)state;
	told = (struct told){};
	if (sd_event_new(&told.loop) < 0)
		return -1;
	notify_config_defaults(&config);
	config.journal = false;
	config.hook.at_once = 1;
	snprintf(config.hook.command, sizeof(config.hook.command), "/bin/sleep 1000");
	return telling_new(&telling, told.loop, &config, NULL, on_log, &failure);
}

static int tear_down(void **state)
{
	(void)state;
	telling_free(telling);
	sd_event_unref(told.loop);
	return 0;
}

static void tell(uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		struct notice notice = usual_notice(i, 1 + i % 2000);

		telling_tell(telling, &notice, NULL);
	}
}

/* 2,000 processes that go through all states, and nothing of it told: none is given up. */
static void a_crowd_waits(void **state)
{
	(void)state;
	tell(1, 8000);
	assert_int_equal(told.lines, 0);
	tell(8001, TELLING_MAX - 8000);
	assert_int_equal(told.lines, 0);
	tell(TELLING_MAX + 1, 1000); /* the bound; it is said once */
	assert_int_equal(told.lines, 1);
	assert_non_null(strstr(told.log, "the oldest are given up"));
}

/* What a killed daemon left is all taken up. */
static void a_crowd_is_resumed(void **state)
{
	static struct store_notice left[TELLING_MAX];
	struct store_found found = {.notice_count = TELLING_MAX, .notices = left};

	(void)state;
	for (size_t i = 0; i < TELLING_MAX; i++)
		left[i] = (struct store_notice){usual_notice(i + 1, 1 + i % 8000),
						NOTIFY_BIT(NOTIFY_HOOK), false};
	telling_resume(telling, &found);
	assert_int_equal(told.lines, 0);
	tell(TELLING_MAX + 1, 1);
	assert_int_equal(told.lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_crowd_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_crowd_is_resumed, set_up, tear_down),
	};

	return RUN_TESTS(tests);
}
