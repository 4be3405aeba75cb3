/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of what has no name: events, watches, processes, rings, programs, rule sets. */
#ifndef FDMAKER_WAYS_ANON_H
#define FDMAKER_WAYS_ANON_H

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "ring.h"
#include "ways_file.h"

static void way_eventfd(struct reply *r)
{
	make(r, "eventfd", CALL(SYS_eventfd, 0), "eventfd");
}

static void way_eventfd2(struct reply *r)
{
	make(r, "eventfd2", CALL(SYS_eventfd2, 0, O_CLOEXEC), "eventfd");
}

static void way_epoll_create(struct reply *r)
{
	make(r, "epoll_create", CALL(SYS_epoll_create, 1), "epoll");
}

static void way_epoll_create1(struct reply *r)
{
	make(r, "epoll_create1", CALL(SYS_epoll_create1, EPOLL_CLOEXEC), "epoll");
}

static void way_timerfd_create(struct reply *r)
{
	make(r, "timerfd_create", CALL(SYS_timerfd_create, CLOCK_MONOTONIC, 0), "timerfd");
}

static uint64_t no_signals;

static void way_signalfd(struct reply *r)
{
	make(r, "signalfd", CALL(SYS_signalfd, -1, WORD(&no_signals), 8), "signalfd");
}

static void way_signalfd4(struct reply *r)
{
	make(r, "signalfd4", CALL(SYS_signalfd4, -1, WORD(&no_signals), 8, 0), "signalfd");
}

static void way_signalfd_update(struct reply *r)
{
	int fd = make(r, "signalfd4", CALL(SYS_signalfd4, -1, WORD(&no_signals), 8, 0), "signalfd");

	if (fd >= 0 && CALL(SYS_signalfd4, fd, WORD(&no_signals), 8, 0) != fd)
		skip(r, "signalfd4");
}

static void way_inotify_init(struct reply *r)
{
	make(r, "inotify_init", CALL(SYS_inotify_init, 0), "inotify");
}

static void way_inotify_init1(struct reply *r)
{
	make(r, "inotify_init1", CALL(SYS_inotify_init1, IN_CLOEXEC), "inotify");
}

static void way_fanotify_init(struct reply *r)
{
	make(r, "fanotify_init",
	     CALL(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY), "fanotify");
}

static void way_memfd_create(struct reply *r)
{
	make(r, "memfd_create", CALL(SYS_memfd_create, WORD("made"), 0), "memfd");
}

static void way_memfd_secret(struct reply *r)
{
	make(r, "memfd_secret", CALL(SYS_memfd_secret, 0), "memfd");
}

static void way_userfaultfd(struct reply *r)
{
	make(r, "userfaultfd", CALL(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
}

static void way_perf_event_open(struct reply *r)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .disabled = 1};

	make(r, "perf_event_open", CALL(SYS_perf_event_open, WORD(&attr), 0, -1, -1, 0), "perf");
}

static void way_bpf(struct reply *r)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
	uint32_t key = 0;
	uint64_t value;
	int map = make(r, "bpf", CALL(SYS_bpf, BPF_MAP_CREATE, WORD(&attr), sizeof(attr)), "bpf");

	if (map < 0)
		return;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)(uintptr_t)&key;
	attr.value = (uint64_t)(uintptr_t)&value;
	if (CALL(SYS_bpf, BPF_MAP_LOOKUP_ELEM, WORD(&attr), sizeof(attr)))
		skip(r, "bpf"); /* a command that makes none */
}

static void way_pidfd_open(struct reply *r)
{
	make(r, "pidfd_open", CALL(SYS_pidfd_open, getpid(), 0), "pidfd");
}

static void way_pidfd_getfd(struct reply *r)
{
	int self = make(r, "pidfd_open", CALL(SYS_pidfd_open, getpid(), 0), "pidfd");

	if (self >= 0)
		make(r, "pidfd_getfd", CALL(SYS_pidfd_getfd, self, STDIN_FILENO, 0), "pipe");
}

/* Waits for the child of a call that made a descriptor of it. */
static void child_made(struct reply *r, const char *call, int child, int fd)
{
	if (child == 0)
		_exit(0);
	make(r, call, child < 0 ? -1 : fd, "pidfd");
	if (child > 0)
		waitpid(child, NULL, 0);
}

static void way_clone_pidfd(struct reply *r)
{
	int fd = -1;
	int child = CALL(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, WORD(&fd), 0, 0);

	child_made(r, "clone with CLONE_PIDFD", child, fd);
}

static void way_clone3_pidfd(struct reply *r)
{
	int fd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uint64_t)(uintptr_t)&fd};
	int child = CALL(SYS_clone3, WORD(&args), sizeof(args));

	child_made(r, "clone3 with CLONE_PIDFD", child, fd);
}

static void way_io_uring_setup(struct reply *r)
{
	struct io_uring_params p;

	make(r, "io_uring_setup", ring_make(&p), "io_uring");
}

static void ring_open(struct reply *r, int flags)
{
	struct io_uring_params p;
	struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT,
				       .fd = AT_FDCWD,
				       .flags = flags,
				       .addr = (uint64_t)(uintptr_t) "/dev/null",
				       .open_flags = O_RDWR};
	int ring = make(r, "io_uring_setup", ring_make(&p), "io_uring");
	int fd;

	if (ring < 0)
		return;
	fd = ring_do(ring, &p, &request);
	if (fd < 0)
		errno = -fd;
	if (keep_unhooked(r, fd < 0 ? -1 : fd, "chardev") < 0)
		skip(r, "io_uring openat");
}

static void way_io_uring_openat(struct reply *r)
{
	ring_open(r, 0);
}

/* The same by a worker of the kernel. */
static void way_io_uring_worker(struct reply *r)
{
	ring_open(r, IOSQE_ASYNC);
}

static void way_landlock(struct reply *r)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};

	make(r, "landlock_create_ruleset",
	     CALL(SYS_landlock_create_ruleset, WORD(&attr), sizeof(attr), 0), "landlock");
}

static void way_landlock_version(struct reply *r)
{
	if (CALL(SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION) <= 0)
		skip(r, "landlock_create_ruleset");
}

/* A filter that lets all pass, with a listener that nobody needs; it stays with the process. */
static void way_seccomp(struct reply *r)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {.len = 1, .filter = &allow};

	make(r, "seccomp",
	     CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		  WORD(&program)),
	     "seccomp");
}

#endif
