/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds the processes of a run for a moment, where it would be too late to look at them a moment
 * later: as they end, and as CPython has started. The kernel's seccomp does it, at two calls:
 * exit_group, and rt_sigaction for SIGINT, which CPython makes before it runs any code.
 */
#ifndef FDWATCH_HOLD_H
#define FDWATCH_HOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct holder {
	int listener;  /* -1: none are held */
	uint64_t seen; /* the last process that had started: its pid and program */
};

/*
 * In the child: has itself and all it will fork held, and sends the listener over `socket`. Where
 * it is not allowed to, it sends nothing and nobody is held. Without CAP_SYS_ADMIN it gives up for
 * good what set-uid programs would give it.
 */
void hold_begin(int socket);

/* In the parent: receives the listener, -1 where none comes. */
int hold_receive(int socket);

/*
 * Handles one process that is held, if there is one: calls `look` where it is time to look at it,
 * then lets it go. False where there are none left that could ever be held.
 */
bool hold_handle(struct holder *holder, void (*look)(pid_t pid, void *data), void *data);

/* Lets go whoever comes, in a process of its own, as long as there is anyone; the holder is done.
 */
void hold_leave(struct holder *holder);

#endif
