/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds the processes of a run for a moment, where it would be too late to look at them a moment
 * later: as they end, and as CPython has started and shuts down. The kernel's seccomp does it, at
 * two calls: exit_group, and rt_sigaction for SIGINT, which CPython makes before it runs any code
 * and when none will run any more.
 */
#ifndef FDWATCH_HOLD_H
#define FDWATCH_HOLD_H

#include <sys/types.h>

/*
 * In the child: has itself and all it will fork held, and sends the listener over `socket`. Where
 * it is not allowed to, it sends nothing and nobody is held. Without CAP_SYS_ADMIN it gives up for
 * good what set-uid programs would give it.
 */
void hold_begin(int socket);

/* In the parent: receives the listener, -1 where none comes. */
int hold_receive(int socket);

/*
 * Starts a process of its own that holds: it calls `look` where it is time to look at a process,
 * then lets it go. It outlives the caller, however that ends, as long as there is anybody to let
 * go, but looks at nobody any more: of whom nobody lets go the kernel refuses the very call, and a
 * program that may not exit crashes. Takes the listener over. Returns a descriptor to be closed
 * when all has been looked at, or -errno.
 */
int hold_start(int listener, void (*look)(pid_t pid, void *data), void *data);

#endif
