/* SPDX-License-Identifier: BSD-2-Clause */
#include "raise.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "ingest/procfs.h"
#include "procdir.h"

#define LEAST 64 /* of what a step brings, for limits next to nothing */

uint64_t raise_next(uint64_t soft, uint64_t hard, uint64_t most)
{
	uint64_t top = most < hard ? most : hard;
	uint64_t next = soft < UINT64_MAX / 2 ? soft * 2 : UINT64_MAX;

	if (soft >= top)
		return soft;
	if (next < soft + LEAST)
		next = soft + LEAST;
	return next < top ? next : top;
}

/* Whether the process whose descriptor this is has ended: only then may its number be another's. */
static bool has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, 0) != 0;
}

static int set_limit(const struct process_sample *sample, uint64_t most, uint64_t *soft)
{
	struct rlimit limit;

	if (prlimit(sample->pid, RLIMIT_NOFILE, NULL, &limit))
		return -errno;
	if (limit.rlim_cur != sample->soft_limit)
		return -EAGAIN;
	limit.rlim_cur = raise_next(limit.rlim_cur, limit.rlim_max, most);
	if (limit.rlim_cur == sample->soft_limit)
		return -EALREADY;
	if (prlimit(sample->pid, RLIMIT_NOFILE, &limit, NULL))
		return -errno;
	*soft = limit.rlim_cur;
	return 0;
}

int raise_soft_limit(const struct process_sample *sample, uint64_t most, uint64_t *soft)
{
	_close_ int pidfd = (int)syscall(SYS_pidfd_open, sample->pid, 0);
	struct process_sample now;
	int r;

	if (pidfd < 0)
		return -errno;
	r = procfs_sample(PROCFS, sample->pid, &now);
	if (r < 0 && r != -ENOTSUP)
		return r;
	if (!procdir_same_start(now.start_time, sample->start_time) || has_ended(pidfd))
		return -ESRCH;
	return set_limit(sample, most, soft);
}
