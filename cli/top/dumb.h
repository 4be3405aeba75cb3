/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminals that cannot show a screen. */
#ifndef FDWATCH_TOP_DUMB_H
#define FDWATCH_TOP_DUMB_H

#include <stdbool.h>

/* TERM is known as one that can only write line below line: an editor's shell window, say. */
bool dumb_terminal(void);

#endif
