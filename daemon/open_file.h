/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that an administrator names. */
#ifndef FDWATCH_OPEN_FILE_H
#define FDWATCH_OPEN_FILE_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"

/*
 * Opens a file to read it, or /dev/null: no FIFO, whose writer may never come. *st is what it is
 * (NULL: nobody asks). The descriptor or -errno.
 */
static inline int open_file(const char *path, struct stat *st)
{
	_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat own;

	st = st ?: &own;
	if (fd < 0 || fstat(fd, st))
		return -errno;
	if (!S_ISREG(st->st_mode) && !(S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3)))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	return TAKE_FD(fd);
}

#endif
