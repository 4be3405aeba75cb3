/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon takes of the host. */
#ifndef FDWATCH_ITSELF_H
#define FDWATCH_ITSELF_H

#include "serve/metrics.h"

/* What can't be read stays 0. */
void itself_read(struct metrics_itself *itself);

#endif
