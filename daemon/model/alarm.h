/* SPDX-License-Identifier: BSD-2-Clause */
/* Which state a process is in. */
#ifndef FDWATCH_MODEL_ALARM_H
#define FDWATCH_MODEL_ALARM_H

#include "model/process.h"

#define EXHAUSTED_FOR 60000000ULL /* microseconds after its last refusal: a retry comes sooner */

/* The state at `now` (microseconds since boot), from the kernel's refusals. */
enum process_state alarm_state(const struct process *process, uint64_t now);

#endif
