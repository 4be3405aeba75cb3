// SPDX-License-Identifier: BSD-2-Clause
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

int file_open(const char *path, int more_flags)
{
	/* No link: it is written whatever stands in what it points to. */
	_close_ int fd = open(
		path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | more_flags, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

bool file_is_lost(int fd, const char *path)
{
	struct stat open, there;

	return !fstat(fd, &open) &&
	       (stat(path, &there) || open.st_ino != there.st_ino || open.st_dev != there.st_dev);
}

int file_put_aside(const char *path, const char *ending, uint64_t seconds, char *aside, size_t size)
{
	int length = snprintf(aside, size, "%s.damaged-%" PRIu64 "%s", path, seconds, ending);
	char from[PATH_MAX];

	if (length < 0 || (size_t)length >= size ||
	    snprintf(from, sizeof(from), "%s%s", path, ending) >= (int)sizeof(from))
		return -ENAMETOOLONG;
	return rename(from, aside) ? -errno : 0;
}
