/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FDWATCH_TOP_ONCE_H
#define FDWATCH_TOP_ONCE_H

#include "command.h"
#include "top/settings.h"

/* Prints the list as it is now, to be read, copied and cut; returns an exit status. */
int once_print(const struct context *context, const struct settings *settings);

#endif
