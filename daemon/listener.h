/* SPDX-License-Identifier: BSD-2-Clause */
/* The Unix socket that clients connect to. */
#ifndef FDWATCH_LISTENER_H
#define FDWATCH_LISTENER_H

#include "failure.h"

/*
 * Listens at `path`, for everybody: who sees what is decided by who connects. A socket that nobody
 * answers at is replaced; anything else there is left alone.
 * Returns a descriptor, or -errno with the line.
 */
int listener_open(const char *path, struct failure *failure);

#endif
