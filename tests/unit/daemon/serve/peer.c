// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/peer.h"

#define GROUP 4711

static bool confirms;
static int asked;

static bool owned_by(int32_t pid, uint64_t start_time, uint32_t uid, void *data)
{
	(void)pid, (void)start_time, (void)uid, (void)data;
	asked++;
	return confirms;
}

static const struct serve_source source = {.owned_by = owned_by};

static void test_privilege(void **state)
{
	const gid_t groups[] = {5, GROUP, 7};

	(void)state;
	assert_true(peer_is_privileged(0, 0, NULL, 0, PEER_NO_GROUP));
	assert_true(peer_is_privileged(1000, GROUP, NULL, 0, GROUP));
	assert_true(peer_is_privileged(1000, 1000, groups, 3, GROUP));
	assert_false(peer_is_privileged(1000, 1000, groups, 1, GROUP));
	assert_false(peer_is_privileged(1000, 0, groups, 3, GROUP + 1));
	/* Without such a group nobody is in it, whatever ids they have. */
	assert_false(peer_is_privileged(1000, PEER_NO_GROUP, NULL, 0, PEER_NO_GROUP));
}

static void test_group(void **state)
{
	(void)state;
	assert_int_equal(peer_group("root"), 0);
	assert_int_equal(peer_group("no-such-group-here"), PEER_NO_GROUP);
}

static void test_processes(void **state)
{
	const struct peer all = {.uid = 1000, .sees_all = true}, one = {.uid = 1000};
	const struct process_sample own = {
		.uid = 1000, .euid = 1000, .suid = 1000, .dumpable = true};
	struct process_sample other[4] = {own, own, own, own};

	(void)state;
	other[0].uid = 0;
	other[1].euid = 0;
	other[2].suid = 0;
	other[3].dumpable = false;
	confirms = true;
	assert_true(peer_sees_process(&one, &own, &source));
	confirms = false;
	assert_false(peer_sees_process(&one, &own, &source));
	confirms = true;
	asked = 0;
	for (int i = 0; i < 4; i++) {
		assert_false(peer_sees_process(&one, &other[i], &source));
		assert_true(peer_sees_process(&all, &other[i], &source));
	}
	assert_int_equal(asked, 0); /* others' processes cost no look */
}

static void test_events(void **state)
{
	const struct peer all = {.uid = 0, .sees_all = true}, one = {.uid = 1000};
	struct event event = {.uid = 1000, .euid = 1000, .suid = 1000, .dumpable = true};

	(void)state;
	assert_true(peer_sees_event(&one, &event));
	event.suid = 0;
	assert_false(peer_sees_event(&one, &event));
	assert_true(peer_sees_event(&all, &event));
}

/* Reads, as a child sees it, a pair whose other end a process with these groups made. */
static bool child_sees_all(const gid_t *groups, size_t count)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct peer peer = {};
		int pair[2];

		if (setgroups(count, groups) || setgid(12345) || setuid(12345) ||
		    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || peer_read(&peer, pair[0], GROUP) ||
		    peer.uid != 12345)
			_exit(2);
		_exit(peer.sees_all);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 1;
}

static void test_credentials(void **state)
{
	gid_t groups[1000];

	(void)state;
	if (getuid() != 0) {
		skip();
		return;
	}
	for (gid_t i = 0; i < 1000; i++)
		groups[i] = 20000 + i;
	assert_false(child_sees_all(groups, 0));
	assert_false(child_sees_all(groups, 3));
	assert_false(child_sees_all(groups, 1000)); /* more than are at hand */
	groups[999] = GROUP;
	assert_true(child_sees_all(groups, 1000));
	assert_true(child_sees_all(groups + 999, 1));
}

static void test_no_socket(void **state)
{
	struct peer peer;
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	assert_true(peer_read(&peer, pair[0], GROUP) < 0);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_privilege),   cmocka_unit_test(test_group),
		cmocka_unit_test(test_processes),   cmocka_unit_test(test_events),
		cmocka_unit_test(test_credentials), cmocka_unit_test(test_no_socket),
	};

	return RUN_TESTS(tests);
}
