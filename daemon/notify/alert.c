// SPDX-License-Identifier: BSD-2-Clause
#include "notify/alert.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/text.h"

#define VALUE_SIZE 1024 /* of a label or annotation */

void alerts_init(struct alerts *alerts)
{
	*alerts = (struct alerts){};
	TAILQ_INIT(&alerts->list);
}

void alerts_remove(struct alerts *alerts, struct alert *alert)
{
	TAILQ_REMOVE(&alerts->list, alert, link);
	alerts->count--;
	json_decref(alert->labels);
	free(alert);
}

void alerts_close(struct alerts *alerts)
{
	while (!TAILQ_EMPTY(&alerts->list))
		alerts_remove(alerts, TAILQ_FIRST(&alerts->list));
}

struct alert *alerts_find(const struct alerts *alerts, uint64_t incident)
{
	struct alert *alert;

	TAILQ_FOREACH(alert, &alerts->list, link)
	if (alert->notice.incident == incident)
		return alert;
	return NULL;
}

/* An empty label is none. */
static int set_text(json_t *object, const char *name, const char *bytes)
{
	char text[VALUE_SIZE];

	text_spell(text, sizeof(text), bytes);
	return *text ? json_object_set_new(object, name, json_string(text)) : 0;
}

__attribute__((format(printf, 3, 4))) static int set_format(json_t *object, const char *name,
							    const char *format, ...)
{
	char text[VALUE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return set_text(object, name, text);
}

static int set_time(json_t *object, const char *name, uint64_t real_time)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, real_time);
	return set_text(object, name, text);
}

/* No incident among them: a process that comes and goes is one alert, and not a new one each time.
 */
static json_t *make_labels(const struct notice *n, const char *instance)
{
	bool system = n->scope == NOTICE_SYSTEM;
	json_t *labels = json_object();
	int r;

	r = set_text(labels, "alertname", system ? "FdSystemExhaustion" : "FdExhaustion");
	r |= set_text(labels, "job", "fdwatch");
	r |= set_text(labels, "instance", instance);
	r |= set_text(labels, "resource", n->resource);
	r |= set_text(labels, "comm", n->comm);
	r |= set_text(labels, "unit", n->unit);
	r |= set_text(labels, "container", n->container);
	r |= set_text(labels, "mark", n->mark);
	if (!system)
		r |= set_format(labels, "pid", "%" PRId32, n->pid);
	if (*n->user)
		r |= set_text(labels, "user", n->user);
	else if (n->uid != NOTICE_NOBODY)
		r |= set_format(labels, "user", "%" PRIu32, n->uid);
	if (!r)
		return labels;
	json_decref(labels);
	return NULL;
}

/* A former alarm about the same, of which only the end is not told. */
static struct alert *find_former(const struct alerts *alerts, const json_t *labels)
{
	struct alert *alert;

	TAILQ_FOREACH(alert, &alerts->list, link)
	if (alert_is_over(alert) && json_equal(alert->labels, labels))
		return alert;
	return NULL;
}

/* The alert of a new incident, or NULL without memory. `labels` is taken over. */
static struct alert *add(struct alerts *alerts, json_t *labels, uint64_t *replaced)
{
	struct alert *alert = labels ? find_former(alerts, labels) : NULL;

	if (alert) {
		*replaced = alert->notice.incident;
		json_decref(labels);
		return alert;
	}
	if (labels)
		alert = calloc(1, sizeof(*alert));
	if (!alert) {
		json_decref(labels);
		return NULL;
	}
	alert->labels = labels;
	TAILQ_INSERT_TAIL(&alerts->list, alert, link);
	alerts->count++;
	return alert;
}

static enum process_state least_state(enum severity severity)
{
	return severity == SEVERITY_CRITICAL ? STATE_CRITICAL : STATE_WARNING;
}

static bool stands(const struct notice *n, enum severity severity)
{
	return n->step != NOTICE_ENDED && n->state >= least_state(severity);
}

int alerts_take(struct alerts *alerts, const struct notice *notice, const char *instance,
		uint64_t *replaced)
{
	struct alert *alert = alerts_find(alerts, notice->incident);

	*replaced = 0;
	if (alert && alert->notice.event_id >= notice->event_id)
		return 0;
	if (!alert && alerts->count == ALERTS_MAX)
		return -ENOBUFS;
	if (!alert)
		alert = add(alerts, make_labels(notice, instance), replaced);
	if (!alert)
		return -ENOMEM;
	alert->notice = *notice;
	for (enum severity s = 0; s < SEVERITY_COUNT; s++)
		alert->raised[s] |= stands(notice, s) || notice->worst >= least_state(s);
	return 0;
}

bool alert_is_over(const struct alert *alert)
{
	return alert->notice.step == NOTICE_ENDED || alert->notice.state < STATE_WARNING;
}

static int describe(json_t *annotations, const struct notice *n)
{
	char summary[NOTICE_SUMMARY_SIZE];
	int r;

	notice_summary(n, summary, sizeof(summary));
	r = set_text(annotations, "summary", summary);
	if (notice_is_gone(n))
		r |= set_format(annotations, "description",
				"fdwatch incidents %" PRIu64 " shows what it held.", n->incident);
	else if (n->scope == NOTICE_PROCESS)
		r |= set_format(annotations, "description",
				"fdwatch show %" PRId32 " lists what it holds, "
				"fdwatch incidents %" PRIu64 " what it held when it was alarmed.",
				n->pid, n->incident);
	else
		r |= set_format(annotations, "description",
				"fdwatch ps lists who holds most, fdwatch incidents %" PRIu64
				" how it came about.",
				n->incident);
	r |= set_format(annotations, "incident", "%" PRIu64, n->incident);
	r |= set_text(annotations, "state", process_state_name(n->state));
	r |= set_text(annotations, "worst_state", process_state_name(n->worst));
	if (n->end != INCIDENT_OPEN)
		r |= set_text(annotations, "ended_by", incident_end_name(n->end));
	r |= set_format(annotations, "fds", "%" PRIu64, n->fds);
	if (n->soft_limit != LIMIT_INFINITY)
		r |= set_format(annotations, "soft_limit", "%" PRIu64, n->soft_limit);
	/* As a time of day, for a message may be read long after it was written. */
	if (isfinite(n->eta) && n->eta >= 0 && n->eta < 1e9)
		r |= set_time(annotations, "exhausted_by", n->real_time + (uint64_t)(n->eta * 1e6));
	return r;
}

static int write_one(const struct alert *alert, json_t *array, enum severity severity,
		     uint64_t began, uint64_t ends_at)
{
	json_t *object = json_object(), *labels = json_copy(alert->labels);
	json_t *annotations = json_object();
	int r;

	r = set_text(labels, "severity", severity == SEVERITY_CRITICAL ? "critical" : "warning");
	r |= describe(annotations, &alert->notice);
	r |= json_object_set_new(object, "labels", labels);
	r |= json_object_set_new(object, "annotations", annotations);
	r |= set_time(object, "startsAt", began);
	r |= set_time(object, "endsAt", ends_at > began ? ends_at : began);
	r |= json_array_append_new(array, object);
	return r ? -ENOMEM : 0;
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

int alert_write(const struct alert *alert, json_t *array, bool ends, uint64_t now, uint64_t keep)
{
	const struct notice *n = &alert->notice;
	uint64_t began = n->opened; /* an earlier one would end the wait for its group */
	/* By a clock that was put back it is over now, not when it has come so far once more. */
	uint64_t ended = least(n->ended ? n->ended : n->real_time, now);
	int r = 0;

	for (enum severity s = 0; s < SEVERITY_COUNT && !r; s++) {
		if (stands(n, s))
			r = write_one(alert, array, s, began, now + keep);
		else if (ends && alert->raised[s])
			r = write_one(alert, array, s, least(began, now), ended);
	}
	return r;
}
