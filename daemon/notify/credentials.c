// SPDX-License-Identifier: BSD-2-Clause
#include "notify/credentials.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "open_file.h"

int credentials_read(const char *path, char credentials[CREDENTIALS_SIZE], struct failure *failure)
{
	_close_ int fd = open_file(path, NULL);
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
