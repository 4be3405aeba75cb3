/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that waits before its first call until it is told to begin. */
#ifndef FDWATCH_CHILD_H
#define FDWATCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int begin;    /* written to: begin */
	int error;    /* tells an errno where the program could not be executed */
	int listener; /* of what holds it and all that it forks; -1: they are not held */
	int holding;  /* closed when none of them is to be looked at any more; -1 */
	bool apart;   /* in a process group of its own */
};

/*
 * Forks; `argv` is executed when child_begin() is called. With `hold` it and all it forks are held
 * at times (hold.h), if the system lets them be. Where SIGINT is ignored and standard input no
 * terminal, as in a script's background job, it has its default and a process group of its own
 * instead, so that the terminal's does not come to it: CPython tells by SIGINT that it shuts down,
 * unless that is ignored. 0 or -errno.
 */
int child_start(struct child *child, char **argv, bool hold);

/*
 * Lets it go; `look` is called for each process that is held, in a process of its own. 0, or the
 * -errno by which it could not be executed; it has ended then.
 */
int child_begin(struct child *child, void (*look)(pid_t pid, void *data), void *data);

/* Ends it, before it has begun. */
void child_cancel(struct child *child);

/*
 * Waits for its end, and hands signals on to it meanwhile, but for those of the terminal, which it
 * gets by itself. Returns the exit status as a shell would have it: 128 + signal.
 */
int child_wait(struct child *child);

#endif
