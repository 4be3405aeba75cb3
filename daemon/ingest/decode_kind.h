/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of thing a descriptor's record is of. */
#ifndef FDWATCH_INGEST_DECODE_KIND_H
#define FDWATCH_INGEST_DECODE_KIND_H

#include "fdwatch/kinds.h"
#include "fdwatch/record.h"

/* `name` is the record's own, NUL-terminated: a path, or a dentry's name. */
enum fdw_kind decode_kind(const struct fdw_descriptor *record, const char *name);

#endif
