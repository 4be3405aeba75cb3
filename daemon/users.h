/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of users without waiting: a thread of its own asks the name service. */
#ifndef FDWATCH_USERS_H
#define FDWATCH_USERS_H

#include <stdint.h>

#define USERS_MAX 4096            /* names kept: more users than a host runs processes for */
#define USERS_REFRESH_SECONDS 600 /* a name is asked for anew after this time */

struct users;

/* NULL without memory or a thread. */
struct users *users_new(void);

/* Ends the thread; one that the name service holds up is left to end by itself. NULL is well. */
void users_free(struct users *users);

/*
 * The user's name, its number where it has none, NULL while that is not known (the thread asks
 * then). Never waits. For one thread only; the text is good until the next call.
 */
const char *users_name(struct users *users, uint32_t uid);

#endif
