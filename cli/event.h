/* SPDX-License-Identifier: BSD-2-Clause */
/* One event as one line. */
#ifndef FDWATCH_EVENT_H
#define FDWATCH_EVENT_H

#include <jansson.h>
#include <stdio.h>

#include "terminal.h"

/* 0 or -ENOMEM. */
int event_print(const json_t *event, FILE *out, const struct terminal *terminal);

#endif
