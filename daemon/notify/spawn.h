/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands are started by a thread of their own: the loop waits neither while a process as large as
 * the daemon is copied, nor for the disk that a program is read from. That thread is their parent:
 * none of them outlives it.
 */
#ifndef FDWATCH_NOTIFY_SPAWN_H
#define FDWATCH_NOTIFY_SPAWN_H

#include <sys/types.h>
#include <systemd/sd-event.h>

struct spawner;
struct spawn; /* one that waits to be started, or is being started */

/* 0 or -errno. */
int spawner_new(struct spawner **spawner, sd_event *loop);

/* All spawns have been cancelled or have started. */
void spawner_free(struct spawner *spawner);

/*
 * Starts it, after those that were asked for before: no shell, no rights, a session and process
 * group of its own, nothing inherited but the environment given and `output` for what it says.
 * Copies what it is given, but takes `output` over, also where it fails. `started` is called once,
 * from the loop, with its pid (the caller's to reap) or -errno, and the spawn is gone. 0 or -errno.
 */
int spawn_start(struct spawn **spawn, struct spawner *spawner, char *const words[],
		char *const environment[], int output, void (*started)(pid_t pid, void *data),
		void *data);

/* `started` is not called any more; what was started after all is killed. NULL is well. */
void spawn_cancel(struct spawn *spawn);

#endif
