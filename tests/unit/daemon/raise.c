// SPDX-License-Identifier: BSD-2-Clause
#include "raise.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ingest/procfs.h"

static void steps(void **state)
{
	(void)state;
	assert_int_equal(raise_next(1024, 4096, LIMIT_INFINITY), 2048);
	assert_int_equal(raise_next(3000, 4096, LIMIT_INFINITY), 4096);
	assert_int_equal(raise_next(1024, 4096, 1500), 1500);
	assert_int_equal(raise_next(1024, 4096, 1024), 1024);
	assert_int_equal(raise_next(1024, 4096, 512), 1024); /* never down */
	assert_int_equal(raise_next(4096, 4096, LIMIT_INFINITY), 4096);
	assert_int_equal(raise_next(0, 4096, LIMIT_INFINITY), 64);
	assert_int_equal(raise_next(0, 10, LIMIT_INFINITY), 10);
	assert_true(raise_next(1ULL << 63, LIMIT_INFINITY, LIMIT_INFINITY) == LIMIT_INFINITY);
	assert_true(raise_next(LIMIT_INFINITY, LIMIT_INFINITY, LIMIT_INFINITY) == LIMIT_INFINITY);
}

static pid_t child_with(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static rlim_t soft_of(pid_t pid)
{
	struct rlimit limit;

	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	return limit.rlim_cur;
}

static void a_real_process(void **state)
{
	pid_t pid = child_with(100, 250);
	struct process_sample sample;
	uint64_t soft = 0;
	int r = procfs_sample(PROCFS, pid, &sample);

	(void)state;
	assert_true(r == 0 || r == -ENOTSUP);
	assert_int_equal(raise_soft_limit(&sample, LIMIT_INFINITY, &soft), 0);
	assert_int_equal(soft, 200);
	assert_int_equal(soft_of(pid), 200);
	assert_int_equal(raise_soft_limit(&sample, LIMIT_INFINITY, &soft), -EAGAIN);
	sample.soft_limit = 200;
	assert_int_equal(raise_soft_limit(&sample, 200, &soft), -EALREADY);
	sample.start_time += 5000000; /* another had the number */
	assert_int_equal(raise_soft_limit(&sample, LIMIT_INFINITY, &soft), -ESRCH);
	assert_int_equal(soft_of(pid), 200);
	sample.start_time -= 5000000;
	end(pid);
	assert_int_equal(raise_soft_limit(&sample, LIMIT_INFINITY, &soft), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
		cmocka_unit_test(a_real_process),
	};

	return RUN_TESTS(tests);
}
