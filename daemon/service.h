/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's parts, wired together: they watch, answer and tell until a signal ends it. */
#ifndef FDWATCH_SERVICE_H
#define FDWATCH_SERVICE_H

#include "config/config.h"
#include "failure.h"

/*
 * Runs to the end; takes the configuration over. `argv` is what SIGHUP reads it anew by. 0, or
 * -errno with the line.
 */
int service_run(const struct config *config, int argc, char *argv[], struct failure *failure);

#endif
