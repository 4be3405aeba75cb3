/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables that clean up after themselves when they go out of scope. */
#ifndef FDWATCH_CLEANUP_H
#define FDWATCH_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_closedir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _close_ _cleanup_(cleanup_close)
#define _free_ _cleanup_(cleanup_free)
#define _closedir_ _cleanup_(cleanup_closedir)

/* Hands a descriptor on to the caller. */
#define TAKE_FD(fd) \
	({ \
		int taken_ = (fd); \
		(fd) = -1; \
		taken_; \
	})

/* The same of a pointer. */
#define TAKE_PTR(pointer) \
	({ \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL; \
		taken_; \
	})

#endif
