/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes of one unit, or of one container, as one row. */
#ifndef FDWATCH_TOP_GROUP_H
#define FDWATCH_TOP_GROUP_H

#include "top/rows.h"

/*
 * A row for each unit (or container) that has processes: descriptors and rates of all of them, and
 * of the most endangered its pid, name, limit, use, state and time left. NULL without memory.
 */
struct rows *group_rows(const struct rows *processes, bool by_container);

#endif
