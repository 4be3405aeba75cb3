// SPDX-License-Identifier: BSD-2-Clause
#include "notify/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "listening.h"

#define HOOK NOTIFY_BIT(NOTIFY_HOOK)
#define ALERTMANAGER NOTIFY_BIT(NOTIFY_ALERTMANAGER)

static struct told told;
static struct notify *notify;
static struct notify_config config;
static struct failure failure;

static int set_up(void **state)
{
	(void)state;
	told = (struct told){};
	notify_config_defaults(&config);
	config.journal = false; /* nothing of this for the host's own */
	return sd_event_new(&told.loop) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	notify_free(notify);
	notify = NULL;
	sd_event_unref(told.loop);
	return 0;
}

static void begin(void)
{
	struct notify_calls calls = told_calls(&told);

	assert_int_equal(notify_new(&notify, told.loop, &config, &calls, &failure), 0);
}

static unsigned tell(uint64_t event_id, unsigned channels)
{
	struct notice notice = usual_notice(event_id, event_id);

	return notify_tell(notify, &notice, channels);
}

static void set_command(const char *command)
{
	snprintf(config.hook.command, sizeof(config.hook.command), "%s", command);
}

static void test_defaults(void **state)
{
	struct notify_config usual;

	(void)state;
	notify_config_defaults(&usual);
	assert_true(usual.journal);
	assert_int_equal(notify_check(&usual, &failure), 0);
}

/* To a channel that is shut nothing is left to be told. */
static void test_shut(void **state)
{
	(void)state;
	begin();
	assert_int_equal(notify_channels(notify), 0);
	assert_int_equal(tell(1, HOOK | ALERTMANAGER), 0);
	assert_int_equal(told.done, 2);
}

static struct status_channel status_of(const char *name)
{
	struct status status = {};

	notify_status(notify, &status);
	for (size_t i = 0; i < status.channel_count; i++)
		if (!strcmp(status.channels[i].name, name))
			return status.channels[i];
	return (struct status_channel){};
}

static void test_each_channel(void **state)
{
	struct listening server = {};

	(void)state;
	listening_begin(&server, 0);
	set_command("/bin/true");
	snprintf(config.alertmanager.url, sizeof(config.alertmanager.url), "http://127.0.0.1:%u",
		 server.port);
	begin();
	assert_int_equal(notify_channels(notify), HOOK | ALERTMANAGER);
	assert_int_equal(tell(1, HOOK | ALERTMANAGER), 0);
	run_until(told.loop, &told.done, 2);
	assert_int_equal(tell(2, HOOK), 0);
	run_until(told.loop, &told.done, 3);
	assert_int_equal(status_of("hook").told_total, 2);
	assert_int_equal(status_of("alertmanager").told_total, 1);
	notify_free(notify);
	notify = NULL;
	listening_end(&server);
}

static void test_no_room(void **state)
{
	unsigned i;

	(void)state;
	set_command("/bin/sleep 0.01");
	config.hook.at_once = 64;
	begin();
	for (i = 1; i <= NOTIFY_QUEUE; i++)
		assert_int_equal(tell(i, HOOK), 0);
	assert_int_equal(tell(i, HOOK | ALERTMANAGER), HOOK);
	assert_int_equal(tell(5, HOOK), 0);
	run_until(told.loop, &told.rooms, 1);
	assert_int_equal(tell(i, HOOK), 0);
	run_until(told.loop, &told.done, NOTIFY_QUEUE + 2);
}

/* All of it or nothing. */
static void test_configure(void **state)
{
	(void)state;
	set_command("/bin/false");
	begin();
	assert_int_equal(tell(1, HOOK), 0);
	set_command("/bin/true");
	config.journal = true;
	PUT_TEXT(config.alertmanager.url, "nonsense");
	assert_int_equal(notify_check(&config, &failure), -EINVAL);
	assert_int_equal(notify_configure(notify, &config, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "url"));
	assert_int_equal(notify_channels(notify), HOOK);
	run_until(told.loop, &told.lines, 1); /* it is still the old one, that fails */
	config.journal = false;
	config.alertmanager.url[0] = '\0';
	assert_int_equal(notify_configure(notify, &config, &failure), 0);
	run_until(told.loop, &told.done, 1); /* the next attempt is with the new one */
	assert_int_equal(status_of("hook").told_total, 1);
}

/* What a channel held when it is shut is told to nobody, and done. */
static void test_shut_while_it_waits(void **state)
{
	(void)state;
	set_command("/bin/sleep 20");
	begin();
	for (unsigned i = 1; i <= 10; i++)
		tell(i, HOOK);
	run_for(told.loop, 50000);
	assert_int_equal(told.done, 0);
	config.hook.command[0] = '\0';
	assert_int_equal(notify_configure(notify, &config, &failure), 0);
	assert_int_equal(told.done, 10);
	assert_int_equal(notify_channels(notify), 0);
	assert_null(status_of("hook").name);
	set_command("/bin/true");
	assert_int_equal(notify_configure(notify, &config, &failure), 0);
	assert_int_equal(status_of("hook").given_up_total, 10);
	assert_int_equal(tell(11, HOOK), 0);
	run_until(told.loop, &told.done, 11);
}

static void test_files(void **state)
{
	(void)state;
	PUT_TEXT(config.alertmanager.url, "http://127.0.0.1:1");
	PUT_TEXT(config.alertmanager.credentials_file, "/nonexistent");
	assert_int_equal(notify_check(&config, &failure), -ENOENT);
	begin(); /* it may come yet */
	assert_int_equal(notify_channels(notify), ALERTMANAGER);
}

static void test_wrong_from_the_start(void **state)
{
	struct notify_calls calls = told_calls(&told);

	(void)state;
	set_command("true");
	assert_int_equal(notify_new(&notify, told.loop, &config, &calls, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "absolute"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test_setup_teardown(test_shut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_channel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_configure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shut_while_it_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_from_the_start, set_up, tear_down),
	};

	return RUN_TESTS(tests);
}
