/* SPDX-License-Identifier: BSD-2-Clause */
/* Which state a process is in, and when it leaves it again. */
#ifndef FDWATCH_MODEL_ALARM_H
#define FDWATCH_MODEL_ALARM_H

#include "model/process.h"

#define EXHAUSTED_FOR 60000000ULL /* microseconds after its last refusal: a retry comes sooner */

/* The state at `now` (microseconds since boot), from count and limit and the kernel's refusals. */
enum process_state alarm_state(const struct process *process, uint64_t now);

/* When to worry: so long before the limit, or at such a part of it; 0: not set. */
struct alarm_threshold {
	double seconds;
	double level; /* 0 to 1 */
};

/* What is not set at all follows fdwatch's own rule. */
struct alarm_thresholds {
	struct alarm_threshold warning, critical;
	double sensitivity; /* of the rule: 0 is as 1, more is earlier and on less evidence */
};

/* How many times as wary as fdwatch's own rule; 1 where it is not set. */
static inline float alarm_sensitivity(const struct alarm_thresholds *thresholds)
{
	return thresholds->sensitivity > 0 ? (float)thresholds->sensitivity : 1;
}

/* What the forecast says at one moment, and the count against configured levels. */
struct alarm_evidence {
	bool growing, warning, critical, exhausted;
	enum process_state level; /* what the count alone says: ok, warning or critical */
	float base;               /* descriptors before the growth */
	float growth;             /* since */
	float elapsed;            /* seconds since it began */
};

/*
 * An alarm goes up at once and comes down when its growth has ended or gone back; one by level when
 * the count has been below it for a while.
 */
struct alarm {
	enum process_state state;
	enum process_state held;  /* by the forecast, whatever the limit says */
	enum process_state level; /* by the count alone */
	uint64_t level_at;        /* when the count last said so */
	uint64_t high_at;         /* when the count last rose by something */
	uint64_t fallen_at;       /* since when the count is down; 0: it is not */
	uint64_t growing_at;
	float high;
	float base, growth, elapsed; /* as they were when it was raised */
};

/* What the count says against the levels that are set, 0 where none is. */
enum process_state alarm_level(const struct alarm_thresholds *thresholds, uint64_t live,
			       uint64_t limit);

void alarm_update(struct alarm *alarm, const struct alarm_evidence *evidence, uint64_t now,
		  uint32_t live);

/* Whether it can be one that was last updated by `now`: bytes may have changed on a disk. */
bool alarm_is_valid(const struct alarm *alarm, uint64_t now);

/* The limit changed: what was held is judged anew. */
void alarm_forget(struct alarm *alarm);

#endif
