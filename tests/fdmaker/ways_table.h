/* SPDX-License-Identifier: BSD-2-Clause */
/* What moves numbers within a table: dup, fcntl, close, close_range. */
#ifndef FDMAKER_WAYS_TABLE_H
#define FDMAKER_WAYS_TABLE_H

#include <fcntl.h>
#include <linux/close_range.h>

#include "ways_file.h"

/* A descriptor to begin with. */
static int first(struct reply *r)
{
	return make(r, "openat", open("/dev/null", O_RDWR), "chardev");
}

/* One that stands in a number just above, to be put another onto. */
static int second(struct reply *r)
{
	return keep(r, open("/dev/zero", O_RDONLY), NULL);
}

/* Tells that a call put a descriptor onto `fd`, which was open. */
static void replaced(struct reply *r, const char *call, int fd)
{
	if (make(r, call, fd, "chardev") >= 0)
		r->closed++;
}

/* A number that is free and not the lowest. */
static int free_number(void)
{
	int fd = 77;

	while (fcntl(fd, F_GETFD) >= 0)
		fd++;
	return fd;
}

static void way_dup(struct reply *r)
{
	make(r, "dup", CALL(SYS_dup, first(r)), "chardev");
}

static void way_dup2_free(struct reply *r)
{
	make(r, "dup2", CALL(SYS_dup2, first(r), free_number()), "chardev");
}

static void way_dup2_open(struct reply *r)
{
	int from = first(r);

	replaced(r, "dup2", CALL(SYS_dup2, from, second(r)));
}

static void way_dup2_same(struct reply *r)
{
	int fd = first(r);

	if (CALL(SYS_dup2, fd, fd) != fd)
		skip(r, "dup2");
}

static void way_dup2_bad(struct reply *r)
{
	if (CALL(SYS_dup2, MAX_FD - 1, free_number()) >= 0 || errno != EBADF)
		skip(r, "dup2");
}

static void way_dup3_free(struct reply *r)
{
	make(r, "dup3", CALL(SYS_dup3, first(r), free_number(), O_CLOEXEC), "chardev");
}

static void way_dup3_open(struct reply *r)
{
	int from = first(r);

	replaced(r, "dup3", CALL(SYS_dup3, from, second(r), 0));
}

static void way_dup3_same(struct reply *r)
{
	int fd = first(r);

	if (CALL(SYS_dup3, fd, fd, 0) >= 0 || errno != EINVAL)
		skip(r, "dup3");
}

static void way_dupfd(struct reply *r)
{
	make(r, "fcntl F_DUPFD", fcntl(first(r), F_DUPFD, 100), "chardev");
}

static void way_dupfd_cloexec(struct reply *r)
{
	make(r, "fcntl F_DUPFD_CLOEXEC", fcntl(first(r), F_DUPFD_CLOEXEC, 100), "chardev");
}

static void way_fcntl_other(struct reply *r)
{
	int fd = first(r);

	if (fcntl(fd, F_GETFL) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC))
		skip(r, "fcntl");
}

static void way_close(struct reply *r)
{
	shut(r, keep(r, open("/dev/null", O_RDWR), NULL));
}

#define RANGE 10

static void range_closed(struct reply *r, const char *call, unsigned int flags)
{
	int from = -1, to = -1;

	for (int i = 0; i < RANGE; i++) {
		int fd = keep(r, fcntl(STDIN_FILENO, F_DUPFD, 500), NULL);

		from = i ? from : fd;
		to = fd;
	}
	/* A range wider than what is open, as programs do. */
	if (from < 500 || to - from != RANGE - 1 || CALL(SYS_close_range, from, to + 100, flags)) {
		skip(r, call);
		return;
	}
	if (flags & CLOSE_RANGE_CLOEXEC)
		return;
	r->closed += RANGE;
	for (int fd = from; fd <= to; fd++)
		held[fd] = 0;
}

static void way_close_range(struct reply *r)
{
	range_closed(r, "close_range", 0);
}

static void way_close_range_unshare(struct reply *r)
{
	range_closed(r, "close_range with CLOSE_RANGE_UNSHARE", CLOSE_RANGE_UNSHARE);
}

static void way_close_range_cloexec(struct reply *r)
{
	range_closed(r, "close_range with CLOSE_RANGE_CLOEXEC", CLOSE_RANGE_CLOEXEC);
}

#endif
