// SPDX-License-Identifier: BSD-2-Clause
#include "notify/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "told.h"

static struct told told;
static struct channel channel;
static struct hook *hook;
static struct notify_config config;
static char folder[] = "/tmp/fdw-hook-XXXXXX";

/* A file in the test's folder. */
static const char *in_folder(const char *name)
{
	static char path[2][64];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[which]), "%s/%s", folder, name);
	return path[which];
}

/* The hook: a script that has these lines. */
static void write_script(const char *lines)
{
	FILE *file = fopen(in_folder("script"), "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\ncd %s\n%s\n", folder, lines);
	fclose(file);
	assert_int_equal(chmod(in_folder("script"), 0755), 0);
}

static char *read_file(const char *name)
{
	static char text[4096];
	FILE *file = fopen(in_folder(name), "r");

	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

static int set_up(void **state)
{
	struct notify_calls calls = told_calls(&told);
	struct failure failure;

	(void)state;
	told = (struct told){};
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	if (!mkdtemp(folder) || sd_event_new(&told.loop) < 0)
		return -1;
	notify_config_defaults(&config);
	snprintf(config.hook.command, sizeof(config.hook.command), "%s", in_folder("script"));
	config.hook.retry = 0.2;
	channel_init(&channel, NOTIFY_HOOK, told.loop, &calls);
	return hook_new(&hook, &channel, &config, &failure);
}

static int tear_down(void **state)
{
	(void)state;
	hook_free(hook);
	channel_close(&channel);
	sd_event_unref(told.loop);
	return run_shell("rm -r %s", folder);
}

static void tell(uint64_t event_id, uint64_t incident)
{
	struct notice notice = usual_notice(event_id, incident);

	assert_int_equal(channel_add(&channel, &notice), 0);
	hook_advance(hook);
}

static void configure(void)
{
	struct failure failure;

	assert_int_equal(hook_configure(hook, &config, &failure), 0);
}

static void test_runs_once(void **state)
{
	(void)state;
	write_script("echo $FDWATCH_EVENT_ID $FDWATCH_STATE >> out");
	tell(1, 1);
	tell(2, 2);
	tell(1, 1); /* it is under way */
	run_until(told.loop, &told.done, 2);
	run_for(told.loop, 100000);
	assert_int_equal(strlen(read_file("out")), strlen("1 warning\n2 warning\n"));
	assert_int_equal(told.done, 2);
	assert_int_equal(channel.status.told_total, 2);
	assert_string_equal(told.log, "");
}

/* Those of one incident: never two at once, and in order; others go by. */
static void test_order(void **state)
{
	(void)state;
	write_script("mkdir lock.$FDWATCH_INCIDENT || echo two at once >> out\n"
		     "echo $FDWATCH_EVENT_ID >> out\n"
		     "[ $FDWATCH_INCIDENT = 8 ] || sleep 0.2\n"
		     "rmdir lock.$FDWATCH_INCIDENT");
	for (uint64_t i = 1; i <= 5; i++)
		tell(i, 7);
	tell(6, 8);
	run_until(told.loop, &told.done, 6);
	for (unsigned i = 1; i < 6; i++)
		assert_true(told.events[i] == 6 || told.events[i - 1] == 6 ||
			    told.events[i] == told.events[i - 1] + 1);
	assert_int_not_equal(told.events[5], 6);
	assert_null(strstr(read_file("out"), "two at once"));
}

static void test_at_once(void **state)
{
	(void)state;
	config.hook.at_once = 3;
	configure();
	write_script("mkdir run.$FDWATCH_EVENT_ID; ls -d run.* | wc -l >> out\n"
		     "sleep 0.2; rmdir run.$FDWATCH_EVENT_ID");
	for (uint64_t i = 1; i <= 9; i++)
		tell(i, i);
	run_until(told.loop, &told.done, 9);
	assert_non_null(strstr(read_file("out"), "3\n"));
	assert_null(strpbrk(read_file("out"), "456789"));
}

/* One that fails comes again, and what follows it in its incident waits for it. */
static void test_again(void **state)
{
	(void)state;
	write_script("echo $FDWATCH_EVENT_ID >> out\n"
		     "[ $FDWATCH_EVENT_ID != 1 ] || [ -e ready ] || { touch ready; echo 'not\033 "
		     "yet'; exit 4; }");
	tell(1, 1);
	tell(2, 1);
	tell(3, 2);
	run_until(told.loop, &told.done, 3);
	assert_int_equal(told.events[0], 3);
	assert_int_equal(told.events[1], 1);
	assert_int_equal(told.events[2], 2);
	assert_int_equal(channel.status.failed_total, 1);
	assert_int_equal(told.lines, 1);
	assert_non_null(strstr(told.log, "exit status 4, having said: not\\x1b yet\n"));
}

static void test_gives_up(void **state)
{
	uint64_t begun = clock_usec(CLOCK_MONOTONIC);

	(void)state;
	write_script("echo $FDWATCH_EVENT_ID >> out; exit 1");
	tell(1, 1);
	run_for(told.loop, 100000);
	assert_int_equal(told.done, 0);
	assert_string_equal(read_file("out"), "1\n"); /* not at once again */
	run_until(told.loop, &told.done, 1);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun > 3000000); /* 0.2, 0.4, 0.8, 1.6 s */
	assert_string_equal(read_file("out"), "1\n1\n1\n1\n1\n");
	assert_int_equal(channel.status.given_up_total, 1);
	assert_int_equal(told.lines, 2);
	assert_non_null(strstr(told.log, "given up"));
}

/* Where there are no descriptors left it is tried until there are. */
static void test_no_descriptors(void **state)
{
	sd_event_source *timer = NULL; /* as the daemon has many: their clock takes a descriptor */
	struct rlimit limit, none;
	int next;

	(void)state;
	config.hook.retry = 0.1;
	configure();
	write_script("echo $FDWATCH_EVENT_ID >> out");
	assert_int_equal(timer_set(told.loop, &timer, 1000000000, NULL, NULL), 0);
	next = dup(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)next;
	close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	tell(1, 1);
	for (int i = 0; i < 1000 && channel.status.failed_total < 7; i++)
		run_for(told.loop, 10000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(channel.status.failed_total >= 7);
	assert_int_equal(told.lines, 1);
	assert_int_equal(told.done, 0);
	run_until(told.loop, &told.done, 1);
	assert_string_equal(read_file("out"), "1\n");
	assert_int_equal(channel.status.given_up_total, 0);
	sd_event_source_disable_unref(timer);
}

static void test_can_not_run(void **state)
{
	(void)state;
	tell(1, 1); /* there is no script */
	run_until(told.loop, &told.lines, 1);
	assert_non_null(strstr(told.log, "No such file or directory"));
	write_script("exit 0");
	run_until(told.loop, &told.done, 1);
}

static void test_overdue(void **state)
{
	(void)state;
	config.hook.deadline = 1;
	configure();
	write_script("[ -e ready ] && exit 0; touch ready; sleep 30");
	tell(1, 1);
	run_until(told.loop, &told.done, 1);
	assert_non_null(strstr(told.log, "it took too long"));
}

/* What runs at the end runs again with the next hook, as after a restart. */
static void test_ends_under_way(void **state)
{
	struct failure failure;

	(void)state;
	write_script("echo began >> out; [ -e ready ] || sleep 30; echo ended >> out");
	tell(1, 1);
	for (int i = 0; i < 1000 && !*read_file("out"); i++)
		run_for(told.loop, 10000);
	hook_free(hook);
	assert_int_equal(told.done, 0);
	fclose(fopen(in_folder("ready"), "w"));
	assert_int_equal(hook_new(&hook, &channel, &config, &failure), 0);
	hook_advance(hook);
	run_until(told.loop, &told.done, 1);
	assert_string_equal(read_file("out"), "began\nbegan\nended\n");
}

static void test_program(void **state)
{
	struct notify_config wanted;
	struct failure failure;

	(void)state;
	notify_config_defaults(&wanted);
	assert_int_equal(hook_check_program(&wanted, &failure), 0); /* none */
	PUT_TEXT(wanted.hook.command, "/bin/true a");
	assert_int_equal(hook_check_program(&wanted, &failure), 0);
	PUT_TEXT(wanted.hook.command, "/nonexistent/page a");
	assert_int_equal(hook_check_program(&wanted, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "command: /nonexistent/page: No such file"));
	PUT_TEXT(wanted.hook.command, "/tmp");
	assert_int_equal(hook_check_program(&wanted, &failure), -EACCES);
	PUT_TEXT(wanted.hook.command, "/etc/passwd");
	assert_int_equal(hook_check_program(&wanted, &failure), -EACCES);
	assert_non_null(strstr(failure.text, "/etc/passwd can't be executed"));
}

static void test_check(void **state)
{
	struct notify_config good, bad;
	struct failure failure;

	(void)state;
	notify_config_defaults(&good);
	assert_int_equal(hook_check(&good, &failure), 0); /* no command */
	PUT_TEXT(good.hook.command, "/bin/true a");
	assert_int_equal(hook_check(&good, &failure), 0);
	bad = good;
	PUT_TEXT(bad.hook.command, "true");
	assert_int_equal(hook_check(&bad, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "absolute path"));
	assert_int_equal(hook_configure(hook, &bad, &failure), -EINVAL);
	bad = good;
	bad.hook.deadline = NAN;
	assert_int_equal(hook_check(&bad, &failure), -EINVAL);
	bad = good;
	bad.hook.retry = 0;
	assert_int_equal(hook_check(&bad, &failure), -EINVAL);
	bad = good;
	bad.hook.at_once = 0;
	assert_int_equal(hook_check(&bad, &failure), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gives_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_can_not_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overdue, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends_under_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_program, set_up, tear_down),
	};

	return RUN_TESTS(tests);
}
