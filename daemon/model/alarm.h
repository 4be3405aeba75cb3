/* SPDX-License-Identifier: BSD-2-Clause */
/* Which state a process is in, and when it leaves it again. */
#ifndef FDWATCH_MODEL_ALARM_H
#define FDWATCH_MODEL_ALARM_H

#include "model/process.h"

#define EXHAUSTED_FOR 60000000ULL /* microseconds after its last refusal: a retry comes sooner */

/* The state at `now` (microseconds since boot), from count and limit and the kernel's refusals. */
enum process_state alarm_state(const struct process *process, uint64_t now);

/* What the forecast says at one moment. */
struct alarm_evidence {
	bool growing, warning, critical, exhausted;
	float base;    /* descriptors before the growth */
	float growth;  /* since */
	float elapsed; /* seconds since it began */
};

/* An alarm goes up at once and comes down when its growth has ended or gone back. */
struct alarm {
	enum process_state state;
	enum process_state held; /* by the forecast, whatever the limit says */
	uint64_t high_at;        /* when the count last rose by something */
	uint64_t fallen_at;      /* since when the count is down; 0: it is not */
	uint64_t growing_at;
	float high;
	float base, growth, elapsed; /* as they were when it was raised */
};

void alarm_update(struct alarm *alarm, const struct alarm_evidence *evidence, uint64_t now,
		  uint32_t live);

/* The limit changed: what was held is judged anew. */
void alarm_forget(struct alarm *alarm);

#endif
