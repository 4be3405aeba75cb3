/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of descriptor that fdwatch tells apart: one list for kernel, daemon and client. */
#ifndef FDWATCH_KINDS_H
#define FDWATCH_KINDS_H

/* X(identifier, name in JSON and tables) */
#define FDW_KINDS(X) \
	X(OTHER, "other") \
	X(FILE, "file") \
	X(DIRECTORY, "directory") \
	X(SOCKET, "socket") \
	X(PIPE, "pipe") \
	X(FIFO, "fifo") \
	X(CHARDEV, "chardev") \
	X(BLOCKDEV, "blockdev") \
	X(SYMLINK, "symlink") \
	X(PROC, "proc") \
	X(MEMFD, "memfd") \
	X(EVENTFD, "eventfd") \
	X(EPOLL, "epoll") \
	X(TIMERFD, "timerfd") \
	X(SIGNALFD, "signalfd") \
	X(INOTIFY, "inotify") \
	X(FANOTIFY, "fanotify") \
	X(PIDFD, "pidfd") \
	X(USERFAULTFD, "userfaultfd") \
	X(PERF, "perf") \
	X(BPF, "bpf") \
	X(IO_URING, "io_uring") \
	X(MQUEUE, "mqueue") \
	X(MOUNT, "mount") \
	X(NAMESPACE, "namespace") \
	X(LANDLOCK, "landlock") \
	X(SECCOMP, "seccomp") \
	X(ANON, "anon")

enum fdw_kind {
#define X(identifier, name) FDW_KIND_##identifier,
	FDW_KINDS(X)
#undef X
		FDW_KIND_COUNT
};

#endif
