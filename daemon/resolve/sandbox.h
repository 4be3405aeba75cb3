/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives up, for good, everything that reading hostile bytes does not take. */
#ifndef FDWATCH_RESOLVE_SANDBOX_H
#define FDWATCH_RESOLVE_SANDBOX_H

#include <stdint.h>

#define SANDBOX_MEMORY (384ul * 1024 * 1024) /* bytes of address space */
#define SANDBOX_CPU_SECONDS 60               /* in all; whoever nears it ends in time */
#define SANDBOX_FILES 1200                   /* descriptors: the files, their debug files */

/* What could be done beyond the least that sandbox_enter() asks for. */
enum {
	SANDBOX_NO_ROOT = 1, /* the root folder is an empty one */
	SANDBOX_NO_USER = 2, /* another user than the daemon's, without groups */
};

/*
 * Keeps one descriptor. After it only a few system calls are left: opening anything fails, and all
 * else ends the process. 0 or -errno, and then the process must not go on; `achieved` tells more.
 */
int sandbox_enter(int keep, uint32_t *achieved);

#endif
