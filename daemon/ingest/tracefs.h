/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of tracepoints, from a tracefs that need not be mounted anywhere. */
#ifndef FDWATCH_INGEST_TRACEFS_H
#define FDWATCH_INGEST_TRACEFS_H

/*
 * A descriptor on tracefs' root: a mount of our own, attached to no folder, or where that is
 * refused the one at /sys/kernel/tracing. -errno where neither can be had.
 */
int tracefs_open(void);

/* The id of events/`group`/`name`, or -errno: -ENOENT where the kernel has no such tracepoint. */
int tracefs_event_id(int tracefs, const char *group, const char *name);

#endif
