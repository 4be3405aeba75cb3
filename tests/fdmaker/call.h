/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by number, where the C library has no function or one that does more. */
#ifndef FDMAKER_CALL_H
#define FDMAKER_CALL_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers newer than the oldest headers we build with; the same on every architecture. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

/* Calls that newer architectures never had. */
#define NO_CALL -1
#ifndef SYS_open
#define SYS_open NO_CALL
#endif
#ifndef SYS_creat
#define SYS_creat NO_CALL
#endif
#ifndef SYS_pipe
#define SYS_pipe NO_CALL
#endif
#ifndef SYS_dup2
#define SYS_dup2 NO_CALL
#endif
#ifndef SYS_eventfd
#define SYS_eventfd NO_CALL
#endif
#ifndef SYS_epoll_create
#define SYS_epoll_create NO_CALL
#endif
#ifndef SYS_signalfd
#define SYS_signalfd NO_CALL
#endif
#ifndef SYS_inotify_init
#define SYS_inotify_init NO_CALL
#endif

/* All calls take words; -1 with errno as ever. */
#define WORD(x) ((long)(x))
#define CALL(number, ...) raw_call(number, (const long[6]){__VA_ARGS__})

static int raw_call(long number, const long *a)
{
	if (number == NO_CALL) {
		errno = ENOSYS;
		return -1;
	}
	return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
