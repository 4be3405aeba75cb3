/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines, read by a thread of its own: /proc/PID/cmdline waits for the process's memory
 * lock, which the process can have held for as long as it likes.
 */
#ifndef FDWATCH_COMMANDS_H
#define FDWATCH_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#define COMMANDS_WAIT_MSEC 50 /* of the event loop; a read takes far less than 1 */
#define COMMANDS_SIZE 4096    /* longer ones are cut */

struct commands;

/* `root` is PROCFS, or a folder that looks like it. NULL without memory or a thread. */
struct commands *commands_new(const char *root);

/* Ends the thread; one that a process holds up is left to end by itself. NULL is well. */
void commands_free(struct commands *commands);

/*
 * As procfs_command_line(), and -ETIMEDOUT where it takes longer than COMMANDS_WAIT_MSEC, then
 * -EBUSY at once until the thread is free again. For one thread only.
 */
int commands_read(struct commands *commands, int32_t pid, uint64_t start_time, char *buffer,
		  size_t size);

#endif
