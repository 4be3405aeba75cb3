// SPDX-License-Identifier: BSD-2-Clause
#include "notify/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "model/text.h"

/* Where the pairs go, and what `take` first said that was not 0. */
struct sink {
	int (*take)(const char *name, const char *value, void *data);
	void *data;
	int result;
};

static void give(struct sink *sink, const char *name, const char *value)
{
	if (!sink->result && *value)
		sink->result = sink->take(name, value, sink->data);
}

static void give_bytes(struct sink *sink, const char *name, const char *value)
{
	char spelt[FIELDS_VALUE_SIZE];

	text_spell(spelt, sizeof(spelt), value);
	give(sink, name, spelt);
}

static void give_number(struct sink *sink, const char *name, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	give(sink, name, digits);
}

/* Nothing for what is unknown or not in sight. */
static void give_double(struct sink *sink, const char *name, double value)
{
	char digits[32];

	if (!isfinite(value))
		return;
	snprintf(digits, sizeof(digits), "%.6g", value);
	give(sink, name, digits);
}

/* Whole seconds: an estimate has no more to say, and shells can reckon with them. */
static void give_seconds(struct sink *sink, const char *name, double value)
{
	char digits[32];

	if (!isfinite(value) || value < 0 || value > 1e15)
		return;
	snprintf(digits, sizeof(digits), "%.0f", value);
	give(sink, name, digits);
}

static void give_time(struct sink *sink, const char *name, uint64_t real_time)
{
	char time[TEXT_TIME_SIZE];

	if (!real_time)
		return;
	text_time(time, real_time);
	give(sink, name, time);
}

static void give_alarm(struct sink *sink, const struct notice *n)
{
	give_number(sink, "FDWATCH_EVENT_ID", n->event_id);
	give_number(sink, "FDWATCH_INCIDENT", n->incident);
	give(sink, "FDWATCH_STEP", notice_step_name(n->step));
	give(sink, "FDWATCH_SCOPE", notice_scope_name(n->scope));
	give(sink, "FDWATCH_RESOURCE", n->resource);
	give(sink, "FDWATCH_STATE", process_state_name(n->state));
	give(sink, "FDWATCH_PREVIOUS", process_state_name(n->previous));
	give(sink, "FDWATCH_WORST_STATE", process_state_name(n->worst));
	if (n->step == NOTICE_ENDED && n->end != INCIDENT_OPEN)
		give(sink, "FDWATCH_ENDED_BY", incident_end_name(n->end));
	if (n->cause < CAUSE_COUNT)
		give(sink, "FDWATCH_CAUSE", refusal_cause_name(n->cause));
	give_time(sink, "FDWATCH_TIME", n->real_time);
	give_time(sink, "FDWATCH_BEGAN", n->began);
	give_time(sink, "FDWATCH_ENDED", n->ended);
	give_number(sink, "FDWATCH_FDS", n->fds);
	if (n->soft_limit != LIMIT_INFINITY)
		give_number(sink, "FDWATCH_SOFT_LIMIT", n->soft_limit);
	give_double(sink, "FDWATCH_GROWTH_PER_SECOND", n->growth);
	give_seconds(sink, "FDWATCH_ETA_SECONDS", n->eta);
	give_seconds(sink, "FDWATCH_ETA_LOW_SECONDS", n->eta_low);
	give_seconds(sink, "FDWATCH_ETA_HIGH_SECONDS", n->eta_high);
}

static void give_subject(struct sink *sink, const struct notice *n)
{
	if (n->scope == NOTICE_PROCESS) {
		give_number(sink, "FDWATCH_PID", (uint64_t)n->pid);
		give_number(sink, "FDWATCH_START_TIME", n->start_time);
	}
	if (n->uid != NOTICE_NOBODY)
		give_number(sink, "FDWATCH_UID", n->uid);
	give_bytes(sink, "FDWATCH_USER", n->user);
	give_bytes(sink, "FDWATCH_COMM", n->comm);
	give_bytes(sink, "FDWATCH_UNIT", n->unit);
	give_bytes(sink, "FDWATCH_CONTAINER", n->container);
	give_bytes(sink, "FDWATCH_MARK", n->mark);
}

int fields_each(const struct notice *notice,
		int (*take)(const char *name, const char *value, void *data), void *data)
{
	struct sink sink = {.take = take, .data = data};

	give_alarm(&sink, notice);
	give_subject(&sink, notice);
	return sink.result;
}
