/* SPDX-License-Identifier: BSD-2-Clause */
/* User names without waiting: a look-up may go over a network, so a thread of its own does it. */
#ifndef FDWATCH_USERS_H
#define FDWATCH_USERS_H

#include <stdint.h>

struct users;

/* NULL without memory or threads. */
struct users *users_new(void);

/* Ends without waiting for a look-up under way. NULL is well. */
void users_free(struct users *users);

/*
 * The user's name, the number as text where it has none, or NULL while nobody knows yet: asking
 * starts the look-up. Never blocks; good until the next call.
 */
const char *users_name(struct users *users, uint32_t uid);

#endif
