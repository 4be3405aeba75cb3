/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends of the resolving process: what is said of them, and when another one is started. */
#ifndef FDWATCH_RESOLVE_BREAKAGE_H
#define FDWATCH_RESOLVE_BREAKAGE_H

#include "resolve/questions.h"

/* Starts it, unless it was started too often of late: then -EAGAIN. Or -errno. */
int breakage_start(struct resolver *resolver, uint64_t now);

/* It has ended by itself, for it had read much. */
bool breakage_is_clean(int status);

/* Logs an end that is not clean, and counts it against the process of the question in hand. */
void breakage_ended(struct resolver *resolver, int status, const struct question *head);

#endif
