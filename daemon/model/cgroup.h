/* SPDX-License-Identifier: BSD-2-Clause */
/* Which systemd unit and which container a process's control groups speak of. */
#ifndef FDWATCH_MODEL_CGROUP_H
#define FDWATCH_MODEL_CGROUP_H

#include <stddef.h>

#include "model/process.h"

/*
 * Reads the text of /proc/PID/cgroup (any bytes, no NUL needed), version 1, 2 or both.
 * The unit is the one that systemd's manager would name, by its raw name; for what a user's manager
 * runs, the unit of that manager. The container is the innermost one.
 */
void cgroup_identify(const char *text, size_t size, struct process_identity *identity);

#endif
