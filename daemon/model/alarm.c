/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/alarm.h"

#include <math.h>

#define STEP 0.02F          /* of the growth: a new height that counts */
#define STOPPED 0.75F       /* of the growth's time without one: it has ended */
#define STOPPED_LEAST 30.0F /* seconds */
#define FALLEN 0.5F         /* of the growth gone: it went back */
#define FALLEN_FOR 0.15F    /* of the growth's time: longer than a collector's breath */
#define LEVEL_FOR 60.0F     /* seconds that the count is below a level until its alarm ends */
#define GROWING_FOR 0.3F    /* of the growth's time that `growing` outlasts its evidence */

enum process_state alarm_state(const struct process *process, uint64_t now)
{
	if (process->sample.fds >= process_limit(process))
		return STATE_EXHAUSTED; /* the next call will be refused */
	if (process->exhausted_at && now < process->exhausted_at + EXHAUSTED_FOR)
		return STATE_EXHAUSTED;
	return STATE_OK;
}

static float seconds(uint64_t from, uint64_t to)
{
	return (float)((double)(to - from) / 1e6);
}

static void raise_to(struct alarm *a, const struct alarm_evidence *e, enum process_state state,
		     uint64_t now, uint32_t live)
{
	if (a->held < STATE_WARNING) {
		a->high = (float)live;
		a->high_at = now;
		a->fallen_at = 0;
	}
	if (a->held < STATE_WARNING || e->elapsed > a->elapsed) {
		a->base = e->base;
		a->growth = e->growth;
		a->elapsed = e->elapsed;
	}
	if (state > a->held)
		a->held = state;
}

static bool is_over(struct alarm *a, uint64_t now, uint32_t live)
{
	float patience = a->elapsed * STOPPED;

	if ((float)live >= a->high + STEP * a->growth) {
		a->high = (float)live;
		a->high_at = now;
	}
	if ((float)live > a->base + FALLEN * (a->high - a->base))
		a->fallen_at = 0;
	else if (!a->fallen_at)
		a->fallen_at = now;
	if (a->fallen_at && seconds(a->fallen_at, now) >= a->elapsed * FALLEN_FOR)
		return true;
	return seconds(a->high_at, now) > (patience > STOPPED_LEAST ? patience : STOPPED_LEAST);
}

static void update_held(struct alarm *a, const struct alarm_evidence *e, uint64_t now,
			uint32_t live)
{
	if (e->warning)
		raise_to(a, e, e->critical ? STATE_CRITICAL : STATE_WARNING, now, live);
	else if (a->held >= STATE_WARNING && is_over(a, now, live))
		a->held = STATE_OK;
	if (a->held >= STATE_WARNING)
		return;
	if (e->growing) {
		a->held = STATE_GROWING;
		a->growing_at = now;
		a->elapsed = e->elapsed;
	} else if (a->held == STATE_GROWING &&
		   seconds(a->growing_at, now) > a->elapsed * GROWING_FOR) {
		a->held = STATE_OK;
	}
}

enum process_state alarm_level(const struct alarm_thresholds *thresholds, uint64_t live,
			       uint64_t limit)
{
	const struct alarm_threshold *warning = &thresholds->warning;
	const struct alarm_threshold *critical = &thresholds->critical;
	double part = limit ? (double)live / (double)limit : 1;

	if (limit == LIMIT_INFINITY)
		return STATE_OK;
	if (critical->level > 0 && part >= critical->level)
		return STATE_CRITICAL;
	return warning->level > 0 && part >= warning->level ? STATE_WARNING : STATE_OK;
}

static void update_level(struct alarm *a, const struct alarm_evidence *e, uint64_t now)
{
	if (e->level >= a->level) {
		a->level = e->level;
		a->level_at = now;
	} else if (seconds(a->level_at, now) >= LEVEL_FOR) {
		a->level = e->level;
	}
}

void alarm_update(struct alarm *a, const struct alarm_evidence *e, uint64_t now, uint32_t live)
{
	update_held(a, e, now, live);
	update_level(a, e, now);
	a->state = a->held > a->level ? a->held : a->level;
	if (e->exhausted)
		a->state = STATE_EXHAUSTED;
}

void alarm_forget(struct alarm *a)
{
	a->held = a->held >= STATE_GROWING ? STATE_GROWING : STATE_OK;
	a->level = STATE_OK;
}

bool alarm_is_valid(const struct alarm *a, uint64_t now)
{
	return a->state < STATE_COUNT && a->held < STATE_EXHAUSTED && a->level < STATE_EXHAUSTED &&
	       a->high_at <= now && a->fallen_at <= now && a->growing_at <= now &&
	       a->level_at <= now && a->high >= 0 && isfinite(a->high) && isfinite(a->base) &&
	       isfinite(a->growth) && a->elapsed >= 0 && isfinite(a->elapsed);
}
