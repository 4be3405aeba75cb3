/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of a process's descriptors. */
#ifndef FDWATCH_DESCRIPTOR_H
#define FDWATCH_DESCRIPTOR_H

#include "reader.h"
#include "table.h"

struct table *descriptor_table(void);

/* Reads the daemon's list of descriptors and adds a row for each; reader->failed if it is none. */
void descriptors_read(struct table *table, struct reader *reader);

#endif
