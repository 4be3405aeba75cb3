/* SPDX-License-Identifier: BSD-2-Clause */
/* Incidents as tables. */
#ifndef FDWATCH_INCIDENT_H
#define FDWATCH_INCIDENT_H

#include "table.h"

/* A row for each; `answer` is the daemon's. NULL without memory, as of the others. */
struct table *incidents_table(const json_t *answer);

/* What is known of one, line by line. */
struct table *incident_block(const json_t *incident);

/* What it held most of, by kind and path. */
struct table *incident_targets(const json_t *incident);

/* All of that, and where what was open had been opened. 0 or -ENOMEM. */
int incident_print(const json_t *incident, FILE *out, const struct terminal *terminal);

#endif
