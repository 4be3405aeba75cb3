// SPDX-License-Identifier: BSD-2-Clause
#include "notify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "told.h"

#define LONG 60000000ULL /* a deadline that no test reaches */

static sd_event *loop;
static struct spawner *spawner;
static struct run *run;
static struct run_end end;
static unsigned ends;

static void on_end(const struct run_end *how, void *data)
{
	assert_ptr_equal(data, &end);
	end = *how;
	ends++;
	run_free(run);
	run = NULL;
}

static void on_queued_end(const struct run_end *how, void *data)
{
	assert_null(data);
	assert_int_equal(how->status, 0);
	ends++;
}

static int set_up(void **state)
{
	(void)state;
	ends = 0;
	return sd_event_new(&loop) < 0 || spawner_new(&spawner, loop) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_free(run);
	run = NULL;
	spawner_free(spawner);
	sd_event_unref(loop);
	return 0;
}

static void start(const char *script, uint64_t deadline)
{
	static char shell[] = "/bin/sh", option[] = "-c", text[512];
	static char path[] = "PATH=/usr/bin:/bin", pid[] = "FDWATCH_PID=812";
	char *words[] = {shell, option, text, NULL}, *environment[] = {path, pid, NULL};

	snprintf(text, sizeof(text), "%s", script);
	assert_int_equal(run_start(&run, spawner, loop, words, environment, deadline, on_end, &end),
			 0);
}

static const char *say(const char *script)
{
	start(script, LONG);
	run_until(loop, &ends, 1);
	ends = 0;
	end.output[strcspn(end.output, "\n")] = '\0';
	return end.output;
}

static void test_ends(void **state)
{
	(void)state;
	start("echo out; echo err >&2; exit 3", LONG);
	run_until(loop, &ends, 1);
	assert_string_equal(end.output, "out\nerr\n");
	assert_int_equal(end.status, 3);
	assert_int_equal(end.signal, 0);
	assert_false(end.overdue);
	start("kill -KILL $$", LONG);
	run_until(loop, &ends, 2);
	assert_int_equal(end.signal, SIGKILL);
	assert_int_equal(end.status, -1);
	start("exit 0", LONG);
	run_until(loop, &ends, 3);
	assert_int_equal(end.status, 0);
	assert_string_equal(end.output, "");
}

static void test_can_not_run(void **state)
{
	static char missing[] = "/nonexistent/hook";
	char *words[] = {missing, NULL}, *environment[] = {NULL};

	(void)state;
	assert_int_equal(run_start(&run, spawner, loop, words, environment, LONG, on_end, &end), 0);
	run_until(loop, &ends, 1);
	assert_int_equal(end.status, 127);
	assert_string_equal(end.output, "No such file or directory");
}

/* Nothing of the daemon's comes with it. */
static void test_inherits_nothing(void **state)
{
	struct rlimit limit;
	sigset_t blocked;
	int low, high;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	setenv("SECRET", "x", 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	low = open("/dev/null", O_RDONLY);
	high = fcntl(low, F_DUPFD, 900);
	assert_string_equal(say("env | grep -c -e SECRET"), "0");
	assert_string_equal(say("echo $FDWATCH_PID"), "812");
	assert_string_equal(say("pwd"), "/");
	assert_string_equal(say("ulimit -n"), "1024");
	say("ls -C /proc/$$/fd; :");
	assert_string_equal(end.output, "0  1  2");
	assert_string_equal(say("readlink /proc/$$/fd/0"), "/dev/null");
	assert_string_equal(say("grep -c '^SigBlk:.*[1-9a-f]' /proc/self/status"), "0");
	assert_string_equal(say("grep -c '^SigIgn:.*[1-9a-f]' /proc/self/status"), "0");
	assert_string_equal(say("grep -c 'NoNewPrivs:.1' /proc/$$/status"), "1");
	assert_string_equal(say("grep -c 'Cap\\(Inh\\|Amb\\):.0*$' /proc/$$/status"), "2");
	assert_string_equal(say("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && "
				"echo leads"),
			    "leads");
	close(low);
	close(high);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void test_output_is_bounded(void **state)
{
	(void)state;
	start("head -c 3000000 /dev/zero; printf end", LONG); /* more than a pipe holds */
	run_until(loop, &ends, 1);
	assert_int_equal(end.status, 0);
	assert_int_equal(strlen(end.output), RUN_OUTPUT_SIZE - 1); /* NULs are shown as blanks */
}

/* One that stays behind with the pipe open holds nothing up. */
static void test_what_it_leaves(void **state)
{
	uint64_t begun = clock_usec(CLOCK_MONOTONIC);

	(void)state;
	start("sleep 20 & echo $!", LONG);
	run_until(loop, &ends, 1);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun < 10000000);
	assert_int_equal(end.status, 0);
	kill((pid_t)atoi(end.output), SIGKILL);
}

static bool is_alive(pid_t pid)
{
	char path[64], text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return *text && !strstr(text, ") Z ");
}

/* It is killed; on a busy machine that takes a moment. */
static void assert_dies(pid_t pid)
{
	for (int i = 0; i < 5000 && is_alive(pid); i++)
		usleep(1000);
	assert_false(is_alive(pid));
}

/* SIGTERM first, to all of its group. */
static void test_deadline(void **state)
{
	(void)state;
	start("trap 'echo asked; exit 0' TERM; sleep 30 & echo $!; wait", 300000);
	run_until(loop, &ends, 1);
	assert_true(end.overdue);
	assert_non_null(strstr(end.output, "asked"));
	assert_dies((pid_t)atoi(end.output));
}

static void test_deaf(void **state)
{
	uint64_t begun = clock_usec(CLOCK_MONOTONIC);

	(void)state;
	start("trap '' TERM; while :; do sleep 0.1; done", 300000);
	run_until(loop, &ends, 1);
	assert_true(end.overdue);
	assert_int_equal(end.signal, SIGKILL);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun > 5000000);
}

/* A script writes its pid to a file: waits for that, turning the loop or not. */
static pid_t await_pid(const char *path, bool turning)
{
	uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;
	int pid = 0;

	while (!pid && clock_usec(CLOCK_MONOTONIC) < deadline) {
		FILE *file = fopen(path, "r");

		if (turning)
			run_for(loop, 1000);
		else
			usleep(1000);
		assert_non_null(file);
		if (fscanf(file, "%d;", &pid) != 1)
			pid = 0;
		fclose(file);
	}
	assert_true(pid > 0);
	return pid;
}

static pid_t start_sleeper(bool turning)
{
	char path[] = "/tmp/fdw-run-XXXXXX", script[128];
	int fd = mkstemp(path);
	pid_t pid;

	assert_true(fd >= 0);
	close(fd);
	snprintf(script, sizeof(script), "echo \"$$;\" > %s; exec sleep 30", path);
	start(script, LONG);
	pid = await_pid(path, turning);
	unlink(path);
	assert_true(is_alive(pid));
	return pid;
}

static void test_freed_while_it_runs(void **state)
{
	pid_t pid = start_sleeper(true);

	(void)state;
	run_free(run);
	run = NULL;
	assert_dies(pid);
	assert_int_equal(ends, 0);
}

/* It has started, and the loop has not heard of that yet. */
static void test_freed_as_it_starts(void **state)
{
	pid_t pid = start_sleeper(false);

	(void)state;
	run_free(run);
	run = NULL;
	for (int i = 0; i < 1000 && is_alive(pid); i++)
		run_for(loop, 10000);
	assert_false(is_alive(pid));
	pid = start_sleeper(false);
	run_free(run);
	run = NULL;
	spawner_free(spawner);
	spawner = NULL;
	assert_dies(pid);
	assert_int_equal(ends, 0);
}

/* Many are started one after the other, and those that wait may be given up. */
static void test_a_queue(void **state)
{
	static char path[] = "/bin/true";
	char *words[] = {path, NULL}, *environment[] = {NULL};
	struct run *runs[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(run_start(&runs[i], spawner, loop, words, environment, LONG,
					   on_queued_end, NULL),
				 0);
	for (int i = 1; i < 20; i += 2)
		run_free(runs[i]);
	run_until(loop, &ends, 10);
	run_for(loop, 50000);
	assert_int_equal(ends, 10);
	for (int i = 0; i < 20; i += 2)
		run_free(runs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_can_not_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_inherits_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_output_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_it_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deadline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deaf, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_freed_while_it_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_freed_as_it_starts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_queue, set_up, tear_down),
	};

	return RUN_TESTS(tests);
}
