// SPDX-License-Identifier: BSD-2-Clause
#include "notify/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

/* No FIFO, whose writer may never come. */
int open_regular(const char *path)
{
	_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

int credentials_read(const char *path, char credentials[CREDENTIALS_SIZE], struct failure *failure)
{
	_close_ int fd = open_regular(path);
	ssize_t size = fd < 0 ? fd : read(fd, credentials, CREDENTIALS_SIZE - 1);

	if (size < 0)
		return fail(failure, fd < 0 ? fd : -errno, "credentials_file %s can't be read: %s",
			    path, strerror(fd < 0 ? -fd : errno));
	credentials[size] = '\0';
	credentials[strcspn(credentials, "\r\n")] = '\0';
	if (!strchr(credentials, ':'))
		return fail(failure, -EINVAL,
			    "credentials_file %s must have user:password on its first line", path);
	return 0;
}
