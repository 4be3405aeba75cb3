/* SPDX-License-Identifier: BSD-2-Clause */
/* What one process left open, gathered descriptor by descriptor. */
#ifndef FDWATCH_TRACKING_LEFT_H
#define FDWATCH_TRACKING_LEFT_H

#include "model/descriptor.h"

#define LEFT_MAX 16384 /* of one process; what comes then is only counted */

/* All zero is empty. */
struct left {
	struct descriptor_list *list;
	size_t room;
	size_t lost; /* … beside it: there was no room */
};

/*
 * Adds a copy, of each number one. Left out are the standard three that came from outside, and of a
 * child what it has by fork alone, and what the first program was given: that is its parent's
 * account.
 */
void left_add(struct left *left, const struct descriptor *descriptor, bool child);

/*
 * Whether it is the script that a shell reads, which it never closes: opened to be read, out of the
 * way and close-on-exec. `comm` is the process's name, the shell's or the script's own.
 */
bool left_is_script(const struct descriptor *descriptor, const char *comm);

/* Hands the list over, NULL where nothing was added. */
struct descriptor_list *left_take(struct left *left);
void left_clear(struct left *left);

#endif
