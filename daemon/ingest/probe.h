/* SPDX-License-Identifier: BSD-2-Clause */
/* What loading needs of the kernel and of where the daemon runs, looked at before it is tried. */
#ifndef FDWATCH_INGEST_PROBE_H
#define FDWATCH_INGEST_PROBE_H

#include "failure.h"

/* 0, or -errno with one line that says what is missing and what to do. */
int probe_kernel(struct failure *failure);

/* The same for the tracepoint backend, which wants more. */
int probe_tracepoints(struct failure *failure);

#endif
