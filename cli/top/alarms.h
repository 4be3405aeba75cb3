/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The latest alarms, as one line each: what is told of a process again and again is one alarm that
 * counts. Knows no terminal.
 */
#ifndef FDWATCH_TOP_ALARMS_H
#define FDWATCH_TOP_ALARMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define ALARMS_KEPT 200
#define ALARM_TEXT_SIZE 160

/*
 * Adds an event to a list of them, the one that began latest last: so what goes on does not hide
 * what is new. What is told again within one incident becomes one with it, the later of both:
 * "times" is then how often it was told, the first at "first_time".
 */
void alarms_add(json_t *alarms, json_t *alarm);

#define ALARM_TIME_SIZE 40

/*
 * Tells each event once: the stream of what is new begins first, and then the past is read, which
 * ends with some of the same. All zero before the first.
 */
struct alarm_clock {
	char before[ALARM_TIME_SIZE]; /* the latest of earlier streams */
	char stream[ALARM_TIME_SIZE]; /* the first of this one, */
	char past[ALARM_TIME_SIZE];   /* the last of what was before it */
	char latest[ALARM_TIME_SIZE];
};

/* A stream begins. */
void alarm_clock_follow(struct alarm_clock *clock);

/* Whether it has not been told yet, by the stream or by the `past`. */
bool alarm_clock_take(struct alarm_clock *clock, const json_t *alarm, bool past);

/* "refused by RLIMIT_NOFILE x57", "95 % taken", "critical" */
void alarm_what(const json_t *alarm, char *text, size_t size);

/* "12:03:01 app[4711] exhausted": when, who and what; with the date where that is not today's. */
void alarm_describe(const json_t *alarm, time_t now, char *text, size_t size);

/*
 * One for each process: NULL where a later alarm is of the same as this one; else that of its
 * incident which tells most: a refusal, which has a cause.
 */
const json_t *alarms_headline(const json_t *alarms, size_t at);

#endif
