/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks that say that a folder is in use. */
#ifndef FDWATCH_LOCK_H
#define FDWATCH_LOCK_H

#include <errno.h>
#include <poll.h>
#include <sys/file.h>

#define LOCK_TRIES 20
#define LOCK_PAUSE 50 /* milliseconds */

/*
 * Locks the file for as long as it is open. A second is waited: a command that a killed daemon was
 * just about to start has its descriptors for a moment. 0, or -errno: -EWOULDBLOCK where another
 * has the lock.
 */
static inline int lock_alone(int fd)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		poll(NULL, 0, LOCK_PAUSE);
	}
	return -EWOULDBLOCK;
}

#endif
