/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that waits before its first call until it is told to begin. */
#ifndef FDWATCH_CHILD_H
#define FDWATCH_CHILD_H

#include <sys/types.h>

struct child {
	pid_t pid;
	int begin; /* written to: begin */
	int error; /* tells an errno where the program could not be executed */
};

/* Forks; `argv` is executed when child_begin() is called. 0 or -errno. */
int child_start(struct child *child, char **argv);

/* Lets it go. 0, or the -errno by which it could not be executed; it has ended then. */
int child_begin(struct child *child);

/* Ends it, before it has begun. */
void child_cancel(struct child *child);

/*
 * Waits for its end, and hands signals on to it meanwhile, but for those of the terminal, which it
 * gets by itself. Returns its exit status as a shell would have it: 128 + signal.
 */
int child_wait(struct child *child);

#endif
