// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define NOBODY 65534

/* A folder that looks like /proc, with one process in it: 42. */
struct tree {
	char root[64];
};

static const char *const folders[] = {"42", "sys", "sys/fs"};
static const char *const files[] = {"42/cgroup",  "42/cmdline",     "42/stat",       "42/status",
				    "42/environ", "sys/fs/file-nr", "sys/fs/nr_open"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_bytes(const struct tree *tree, const char *name, const char *bytes, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const struct tree *tree, const char *name, const char *text)
{
	write_bytes(tree, name, text, strlen(text));
}

/* Its name is as hostile as a name may be; field 22, the start in ticks, is 1234567. */
static void write_stat(const struct tree *tree)
{
	write_text(
		tree, "42/stat",
		"42 (a) R 1 2 (3) R 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1234567 9 9\n");
}

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	char path[128];

	PUT_TEXT(tree->root, "/tmp/fdwatch-procfs-XXXXXX");
	if (!mkdtemp(tree->root))
		return -1;
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->root, folders[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	for (size_t i = 0; i < COUNT(files); i++)
		write_text(tree, files[i], "");
	*state = tree;
	return 0;
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;
	char path[128];

	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->root, files[i]);
		unlink(path);
	}
	for (size_t i = COUNT(folders); i-- > 0;) {
		snprintf(path, sizeof(path), "%s/%s", tree->root, folders[i]);
		rmdir(path);
	}
	assert_int_equal(rmdir(tree->root), 0); /* all is named above */
	free(tree);
	return 0;
}

static void identity_from_text(void **state)
{
	const struct tree *tree = *state;
	struct process_identity identity;

	write_text(tree, "42/cgroup", "0::/system.slice/ssh.service\n");
	assert_int_equal(procfs_identity(tree->root, 42, &identity), 0);
	assert_string_equal(identity.unit, "ssh.service");
	assert_string_equal(identity.container, "");
	assert_int_equal(procfs_identity(tree->root, 43, &identity), -ESRCH);
	assert_string_equal(identity.unit, "");
}

static void command_line_is_cut_and_joined(void **state)
{
	const struct tree *tree = *state;
	char buffer[32];

	write_stat(tree);
	write_bytes(tree, "42/cmdline", "/bin/sleep\0-v\0 9\0\0 \0", 21);
	assert_int_equal(procfs_command_line(tree->root, 42, 12345670000, buffer, sizeof(buffer)),
			 0);
	assert_string_equal(buffer, "/bin/sleep -v  9");
	assert_int_equal(procfs_command_line(tree->root, 42, 12345679999, buffer, 6), 0);
	assert_string_equal(buffer, "/bin/");
	assert_int_equal(procfs_command_line(tree->root, 42, 12345670000, buffer, 12), 0);
	assert_string_equal(buffer, "/bin/sleep");

	write_text(tree, "42/cmdline", "");
	assert_int_equal(procfs_command_line(tree->root, 42, 12345670000, buffer, sizeof(buffer)),
			 0);
	assert_string_equal(buffer, "");
}

static void command_line_of_another_is_not_told(void **state)
{
	const struct tree *tree = *state;
	char buffer[32] = "x";

	write_stat(tree);
	write_text(tree, "42/cmdline", "secret");
	assert_int_equal(procfs_command_line(tree->root, 42, 12345680000, buffer, sizeof(buffer)),
			 -ESRCH);
	assert_string_equal(buffer, "");
	assert_int_equal(procfs_command_line(tree->root, 43, 12345670000, buffer, sizeof(buffer)),
			 -ESRCH);
	write_text(tree, "42/stat", "42 (cut");
	assert_int_equal(procfs_command_line(tree->root, 42, 12345670000, buffer, sizeof(buffer)),
			 -ESRCH);
}

static bool owned_as(const struct tree *tree, const char *users, const char *groups,
		     const char *capabilities, uint32_t uid)
{
	char text[8192], member[4400] = "";

	while (strlen(member) + 12 < sizeof(member)) /* of more groups than a page names */
		ADD_TEXT(member, "1234567890 ");
	snprintf(text, sizeof(text),
		 "Name:\tx\\nUid:\t9\t9\t9\t9\nState:\tS\nUid:\t%s\nGid:\t%s\nFDSize:\t64\n"
		 "Groups:\t%s\nCapInh:\t0000000000000400\nCapPrm:\t%s\nCapEff:\t0000000000000000\n",
		 users, groups, member, capabilities);
	write_text(tree, "42/status", text);
	return procfs_owned_by(tree->root, 42, 12345670000, uid);
}

static bool owned_with(const struct tree *tree, const char *users, uint32_t uid)
{
	return owned_as(tree, users, "5\t5\t5\t5", "0000000000000000", uid);
}

static void owned_by_all_three_users(void **state)
{
	const struct tree *tree = *state;
	uint32_t me = getuid();
	char users[64];

	write_stat(tree);
	snprintf(users, sizeof(users), "%u\t%u\t%u\t7", me, me, me);
	assert_true(owned_with(tree, users, me));
	assert_false(owned_with(tree, users, me + 1));
	assert_false(procfs_owned_by(tree->root, 42, 12345680000, me));
	assert_false(procfs_owned_by(tree->root, 43, 12345670000, me));
	for (int other = 0; other < 3; other++) {
		snprintf(users, sizeof(users), "%u\t%u\t%u\t7", me + (other == 0),
			 me + (other == 1), me + (other == 2));
		assert_false(owned_with(tree, users, me));
	}
	assert_false(owned_with(tree, "", me));
	assert_false(owned_with(tree, "9 9", 9));
	/* Its files belong to another: it is not dumpable. */
	snprintf(users, sizeof(users), "%u\t%u\t%u\t7", me + 1, me + 1, me + 1);
	assert_false(owned_with(tree, users, me + 1));
}

/* A set-gid program, or one with capabilities, that has made itself dumpable. */
static void a_program_with_more_rights_is_not_owned(void **state)
{
	static const char none[] = "0000000000000000";
	const struct tree *tree = *state;
	uint32_t me = getuid();
	char users[64];

	write_stat(tree);
	snprintf(users, sizeof(users), "%u\t%u\t%u\t%u", me, me, me, me);
	assert_true(owned_as(tree, users, "7\t7\t7\t7", none, me));
	assert_false(owned_as(tree, users, "8\t7\t7\t7", none, me));
	assert_false(owned_as(tree, users, "7\t8\t7\t7", none, me));
	assert_false(owned_as(tree, users, "7\t7\t8\t7", none, me));
	assert_false(owned_as(tree, users, "7\t7\t7\t8", none, me));
	assert_false(owned_as(tree, users, "7\t7\t7", none, me));
	assert_false(owned_as(tree, users, "7\t7\t7\t7", "0000000000000400", me));
	assert_false(owned_as(tree, users, "7\t7\t7\t7", "8000000000000000", me));
	assert_false(owned_as(tree, users, "7\t7\t7\t7", "", me));
}

static void file_nr_is_read(void **state)
{
	const struct tree *tree = *state;
	uint64_t allocated = 5, maximum = 6;

	assert_int_equal(procfs_file_nr(tree->root, &allocated, &maximum), -EBADMSG);
	write_text(tree, "sys/fs/file-nr", "1952\t0\t9223372036854775807\n");
	assert_int_equal(procfs_file_nr(tree->root, &allocated, &maximum), 0);
	assert_int_equal(allocated, 1952);
	assert_true(maximum == INT64_MAX);
	assert_int_equal(procfs_file_nr("/nowhere", &allocated, &maximum), -ENOENT);
	assert_int_equal(procfs_file_nr(PROCFS, &allocated, &maximum), 0);
	assert_true(allocated > 0 && maximum >= allocated);
}

static void descriptor_is_read(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char name[16];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(procfs_descriptor(PROCFS, getpid(), fd, name, sizeof(name)), 9);
	assert_memory_equal(name, "/dev/null", 9);
	assert_int_equal(procfs_descriptor(PROCFS, getpid(), fd, name, 4), 4);
	close(fd);
	assert_int_equal(procfs_descriptor(PROCFS, getpid(), fd, name, sizeof(name)), -ENOENT);
}

static void nr_open_is_read(void **state)
{
	const struct tree *tree = *state;
	uint64_t nr_open = 5;

	write_text(tree, "sys/fs/nr_open", "0\n");
	assert_int_equal(procfs_nr_open(tree->root, &nr_open), -EBADMSG);
	assert_int_equal(nr_open, 5);
	write_text(tree, "sys/fs/nr_open", "1048576\n");
	assert_int_equal(procfs_nr_open(tree->root, &nr_open), 0);
	assert_int_equal(nr_open, 1048576);
	assert_int_equal(procfs_nr_open("/nowhere", &nr_open), -ENOENT);
}

/* Start of a process since boot, to the tick, from /proc itself. */
static uint64_t start_of(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file,
				"%*d (%*[^)]) %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				"%*s %*s %*s %*s %*s %*s %llu",
				&ticks),
			 1);
	fclose(file);
	return ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static void the_real_proc(void **state)
{
	uint64_t start = start_of(getpid());
	struct process_identity identity;
	struct timespec now;
	char command[256];

	(void)state;
	clock_gettime(CLOCK_BOOTTIME, &now);
	assert_true(start > 0 && start / 1000000 <= (uint64_t)now.tv_sec);
	assert_int_equal(procfs_identity(PROCFS, getpid(), &identity), 0);
	assert_int_equal(procfs_command_line(PROCFS, getpid(), start, command, sizeof(command)), 0);
	assert_non_null(strstr(command, program_invocation_short_name));
	/* Root has capabilities, and may look into all anyway. */
	assert_int_equal(procfs_owned_by(PROCFS, getpid(), start, getuid()), getuid() != 0);
	assert_false(procfs_owned_by(PROCFS, getpid(), start, getuid() + 1));
	assert_false(procfs_owned_by(PROCFS, getpid(), start + 1000000, getuid()));
}

/* Open descriptors of this process, counted one by one. */
static uint32_t count_own_fds(void)
{
	uint32_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void a_sample_of_the_real_proc(void **state)
{
	struct process_sample sample;
	struct rlimit limit;
	int r = procfs_sample(PROCFS, getpid(), &sample);

	(void)state;
	if (r == -ENOTSUP)
		skip(); /* before Linux 6.2 */
	assert_int_equal(r, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(sample.pid, getpid());
	assert_int_equal(sample.parent_pid, getppid());
	assert_int_equal(sample.start_time, start_of(getpid()));
	assert_int_equal(sample.uid, getuid());
	assert_int_equal(sample.euid, geteuid());
	assert_int_equal(sample.soft_limit, limit.rlim_cur);
	assert_int_equal(sample.hard_limit, limit.rlim_max);
	assert_int_equal(sample.fds, count_own_fds() + 1); /* the look itself holds one */
	assert_int_equal(sample.threads, 1);
	assert_true(sample.compat && sample.uncounted);
	assert_false(sample.reserved_known);
	assert_int_equal(strncmp(sample.comm, program_invocation_short_name, 15), 0);
	assert_int_equal(procfs_sample(PROCFS, INT32_MAX, &sample), -ESRCH);
}

/* A child that does one step each time it is told to. */
static void child(int wait_fd, int done_fd, uint32_t uid)
{
	char byte;

	for (int step = 0; read(wait_fd, &byte, 1) == 1; step++) {
		if (step == 0 && getuid() == 0 && setresuid(uid, uid, uid))
			_exit(1);
		if (step == 1 && prctl(PR_SET_DUMPABLE, 1))
			_exit(1);
		if (step == 2 && prctl(PR_SET_DUMPABLE, 0))
			_exit(1);
		if (write(done_fd, &byte, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void do_step(int tell_fd, int done_fd)
{
	char byte = 'x';

	assert_int_equal(write(tell_fd, &byte, 1), 1);
	assert_int_equal(read(done_fd, &byte, 1), 1);
}

static void dumpable_or_not(void **state)
{
	uint32_t uid = getuid() ? getuid() : NOBODY;
	int tell[2], done[2], status;
	uint64_t start;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(tell), 0);
	assert_int_equal(pipe(done), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(tell[1]);
		close(done[0]);
		child(tell[0], done[1], uid);
	}
	close(tell[0]);
	close(done[1]);
	start = start_of(pid);

	do_step(tell[1], done[0]);
	if (getuid() == 0) /* its change of user has made it so */
		assert_false(procfs_owned_by(PROCFS, pid, start, uid));
	do_step(tell[1], done[0]);
	assert_true(procfs_owned_by(PROCFS, pid, start, uid));
	assert_false(procfs_owned_by(PROCFS, pid, start, uid - 1));
	do_step(tell[1], done[0]);
	assert_false(procfs_owned_by(PROCFS, pid, start, uid));

	close(tell[1]);
	close(done[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(procfs_owned_by(PROCFS, pid, start, uid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(identity_from_text, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(command_line_is_cut_and_joined, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(command_line_of_another_is_not_told, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(owned_by_all_three_users, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(a_program_with_more_rights_is_not_owned, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(file_nr_is_read, make_tree, remove_tree),
		cmocka_unit_test(descriptor_is_read),
		cmocka_unit_test_setup_teardown(nr_open_is_read, make_tree, remove_tree),
		cmocka_unit_test(the_real_proc),
		cmocka_unit_test(a_sample_of_the_real_proc),
		cmocka_unit_test(dumpable_or_not),
	};

	return RUN_TESTS(tests);
}
