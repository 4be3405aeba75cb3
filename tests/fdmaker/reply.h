/* SPDX-License-Identifier: BSD-2-Clause */
/* What one command made and closed, and the descriptors that the program keeps. */
#ifndef FDMAKER_REPLY_H
#define FDMAKER_REPLY_H

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_FD 1048576
#define REPLY_SIZE 32768

struct reply {
	uint64_t opened; /* descriptors that calls of this process made */
	uint64_t closed;
	uint64_t unhooked;     /* of opened: by a way that no tracepoint of a call tells */
	uint64_t refused;      /* calls refused with EMFILE or ENFILE */
	const char *skipped;   /* the call that this kernel lacks or refuses; NULL: done */
	int error;             /* errno of the skipped or refused call */
	char fds[REPLY_SIZE];  /* "3:file,4:pipe" */
	char more[REPLY_SIZE]; /* further " key=value" */
};

/* Numbers that the program made and has not closed. */
static atomic_uchar held[MAX_FD];

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size,
							 const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

/* Takes note of a new descriptor; `fd` below 0 is a refused call. Returns fd. */
static int keep(struct reply *r, int fd, const char *kind)
{
	if (fd < 0 || fd >= MAX_FD) {
		r->error = errno;
		if (errno == EMFILE || errno == ENFILE)
			r->refused++;
		return -1;
	}
	held[fd] = 1;
	r->opened++;
	if (kind)
		append(r->fds, sizeof(r->fds), "%s%d:%s", *r->fds ? "," : "", fd, kind);
	return fd;
}

/* The same for one that came by a way that is not hooked. */
static int keep_unhooked(struct reply *r, int fd, const char *kind)
{
	if (keep(r, fd, kind) < 0)
		return -1;
	r->unhooked++;
	return fd;
}

static void shut(struct reply *r, int fd)
{
	if (fd < 0)
		return;
	if (close(fd) == 0 || errno != EBADF)
		r->closed++;
	if (fd < MAX_FD)
		held[fd] = 0;
}

/* Says which call could not be made. */
static void skip(struct reply *r, const char *call)
{
	if (!r->error)
		r->error = errno;
	r->skipped = call;
}

#endif
