/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FDWATCH_TOP_LOOP_H
#define FDWATCH_TOP_LOOP_H

#include "top/app.h"

/*
 * Until the user leaves, a signal says so or the terminal is gone: keys, signals and news,
 * whichever comes first. The terminal is then as it was. 0 or -errno.
 */
int loop_run(struct app *app);

#endif
