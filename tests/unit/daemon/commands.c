// SPDX-License-Identifier: BSD-2-Clause
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define START 12345670000 /* microseconds since boot; in ticks 1234567 */
#define DEADLINE_SECONDS 10

/* A folder that looks like /proc with a process 1 that answers and a process 2 whose cmdline is a
 * FIFO: who opens it is held up until somebody writes. */
struct tree {
	char root[64];
};

static const char *path_in(const struct tree *tree, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", tree->root, name);
	return path;
}

static void write_file(const struct tree *tree, const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(path_in(tree, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static int make_tree(void **state)
{
	static const char stat[] =
		"1 (x) R 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1234567 9 9\n";
	static struct tree tree;

	PUT_TEXT(tree.root, "/tmp/fdwatch-commands-XXXXXX");
	if (!mkdtemp(tree.root) || mkdir(path_in(&tree, "1"), 0700) ||
	    mkdir(path_in(&tree, "2"), 0700) || mkfifo(path_in(&tree, "2/cmdline"), 0600))
		return -1;
	write_file(&tree, "1/stat", stat, sizeof(stat) - 1);
	write_file(&tree, "2/stat", stat, sizeof(stat) - 1);
	write_file(&tree, "1/cmdline", "sleep\0009", 7);
	*state = &tree;
	return 0;
}

static int remove_tree(void **state)
{
	static const char *const files[] = {"1/stat", "1/cmdline", "2/stat", "2/cmdline"};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_in(tree, files[i]));
	rmdir(path_in(tree, "1"));
	rmdir(path_in(tree, "2"));
	return rmdir(tree->root);
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Lets go whoever has opened the FIFO to read; false where nobody has yet. */
static bool let_go(const struct tree *tree)
{
	int fd = open(path_in(tree, "2/cmdline"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	assert_int_equal(write(fd, "late", 4), 4);
	close(fd);
	return true;
}

static void wait_and_let_go(const struct tree *tree)
{
	double deadline = now_seconds() + DEADLINE_SECONDS;

	while (!let_go(tree)) {
		assert_true(now_seconds() < deadline);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

/* On a busy host even a file that answers may take too long: then asks again. */
static int read_surely(struct commands *commands, int32_t pid, uint64_t start_time, char *buffer,
		       size_t size)
{
	double deadline = now_seconds() + DEADLINE_SECONDS;
	int r;

	do
		r = commands_read(commands, pid, start_time, buffer, size);
	while ((r == -ETIMEDOUT || r == -EBUSY) && now_seconds() < deadline);
	return r;
}

static void one_after_the_other(void **state)
{
	const struct tree *tree = *state;
	struct commands *commands = commands_new(tree->root);
	char buffer[COMMANDS_SIZE];

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(read_surely(commands, 1, START, buffer, sizeof(buffer)), 0);
		assert_string_equal(buffer, "sleep 9");
		assert_int_equal(read_surely(commands, 1, START + 1000000, buffer, 9), -ESRCH);
		assert_string_equal(buffer, "");
	}
	assert_int_equal(read_surely(commands, 1, START, buffer, 4), 0);
	assert_string_equal(buffer, "sle");
	assert_int_equal(read_surely(commands, 3, START, buffer, sizeof(buffer)), -ESRCH);
	commands_free(commands);
	commands_free(NULL);
}

static void a_stuck_process_holds_nothing_up(void **state)
{
	const struct tree *tree = *state;
	struct commands *commands = commands_new(tree->root);
	char buffer[COMMANDS_SIZE] = "x";
	double began = now_seconds(), ended;

	assert_int_equal(commands_read(commands, 2, START, buffer, sizeof(buffer)), -ETIMEDOUT);
	ended = now_seconds();
	assert_string_equal(buffer, "");
	assert_true(ended - began >= COMMANDS_WAIT_MSEC / 1000.0 * 0.9);
	assert_true(ended - began < 2);
	began = now_seconds();
	for (int i = 0; i < 100; i++) /* at once: no other waits behind it */
		assert_int_equal(commands_read(commands, 1, START, buffer, sizeof(buffer)), -EBUSY);
	assert_true(now_seconds() - began < 2);

	wait_and_let_go(tree);
	assert_int_equal(read_surely(commands, 1, START, buffer, sizeof(buffer)), 0);
	assert_string_equal(buffer, "sleep 9"); /* and never the late answer to another question */
	commands_free(commands);
}

static void a_stop_while_stuck(void **state)
{
	const struct tree *tree = *state;
	struct commands *commands = commands_new(tree->root);
	char buffer[COMMANDS_SIZE];
	double began;

	assert_int_equal(commands_read(commands, 2, START, buffer, sizeof(buffer)), -ETIMEDOUT);
	began = now_seconds();
	commands_free(commands);
	assert_true(now_seconds() - began < 2);
	wait_and_let_go(tree); /* and the thread frees what is left */
}

/* The end of the program does not wait for the thread either. */
static void an_exit_while_stuck(void **state)
{
	const struct tree *tree = *state;
	char buffer[COMMANDS_SIZE];
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct commands *commands = commands_new(tree->root);
		int r = commands_read(commands, 2, START, buffer, sizeof(buffer));

		alarm(DEADLINE_SECONDS);
		commands_free(commands);
		_exit(r == -ETIMEDOUT ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_after_the_other, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(a_stuck_process_holds_nothing_up, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(a_stop_while_stuck, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(an_exit_while_stuck, make_tree, remove_tree),
	};

	return RUN_TESTS(tests);
}
