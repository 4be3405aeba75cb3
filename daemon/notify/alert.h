/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alarms as Alertmanager knows them. An alarm is up to two alerts, as with Prometheus's rules: one
 * of severity warning from warning on, and beside it one of severity critical while it is critical
 * or exhausted. So a worsening does not resolve the warning, and a rule that inhibits warnings by
 * critical alerts with the same alertname, instance and pid leaves the graver one alone. Their
 * labels stay the same through the alarm's life, for Alertmanager knows alerts by them.
 */
#ifndef FDWATCH_NOTIFY_ALERT_H
#define FDWATCH_NOTIFY_ALERT_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "model/notice.h"

#define ALERTS_MAX 4096 /* alarms that are not over, or whose end is not told */
#define ALERT_TARGETS 8

enum severity { SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_COUNT };

struct alert {
	TAILQ_ENTRY(alert) link;
	struct notice notice;        /* the latest */
	json_t *labels;              /* but for severity */
	bool raised[SEVERITY_COUNT]; /* at some time */
	struct {
		uint64_t event_id; /* of the notice that it was told; 0: none */
		uint64_t at;       /* microseconds of CLOCK_MONOTONIC */
	} told[ALERT_TARGETS];
};

struct alerts {
	TAILQ_HEAD(, alert) list;
	unsigned count;
};

void alerts_init(struct alerts *alerts);
void alerts_close(struct alerts *alerts);

struct alert *alerts_find(const struct alerts *alerts, uint64_t incident);
void alerts_remove(struct alerts *alerts, struct alert *alert);

/*
 * Takes a notice over; `instance` is the host's label. Where the same process's former alarm still
 * waits for its end to be told, this one takes its place and *replaced is that incident, else 0.
 * 0, -ENOBUFS or -ENOMEM.
 */
int alerts_take(struct alerts *alerts, const struct notice *notice, const char *instance,
		uint64_t *replaced);

/*
 * Appends what Alertmanager is told of it at `now` (microseconds since the epoch): alerts that
 * stand, until `now` + `keep`, and with `ends` those that stand no more, with their end. 0 or
 * -ENOMEM.
 */
int alert_write(const struct alert *alert, json_t *array, bool ends, uint64_t now, uint64_t keep);

/* It is over: what is told of it is its end. */
bool alert_is_over(const struct alert *alert);

#endif
