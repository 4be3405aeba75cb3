// SPDX-License-Identifier: BSD-2-Clause
#include "top/alarms.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

static const char *string_of(const json_t *alarm, const char *key)
{
	return json_string_value(json_object_get(alarm, key));
}

static bool equal(const json_t *one, const json_t *other, const char *key)
{
	const json_t *a = json_object_get(one, key);
	const json_t *b = json_object_get(other, key);

	return a == b || json_equal(a, b);
}

static bool same_subject(const json_t *one, const json_t *other)
{
	return equal(one, other, "pid") && equal(one, other, "start_time") &&
	       equal(one, other, "subject");
}

/* A refusal is the same in whichever state it finds its process; a new incident is news. */
static bool same(const json_t *one, const json_t *other)
{
	const char *type = string_of(one, "type");

	return same_subject(one, other) && equal(one, other, "type") &&
	       equal(one, other, "incident") && equal(one, other, "cause") &&
	       equal(one, other, "percent") &&
	       (!type || strcmp(type, "state") != 0 || equal(one, other, "state"));
}

static json_int_t times_of(const json_t *alarm)
{
	json_int_t times = json_integer_value(json_object_get(alarm, "times"));

	return times > 1 ? times : 1;
}

static const char *first_of(const json_t *alarm)
{
	const char *first = string_of(alarm, "first_time");

	return first ? first : string_of(alarm, "time");
}

/* Times of one zone, as the daemon writes them, sort as text does. */
static int compare_times(const char *one, const char *other)
{
	return strcmp(one ? one : "", other ? other : "");
}

/* One of the two takes the other in. */
static json_t *fold(json_t *former, json_t *alarm)
{
	json_int_t times = times_of(former) + times_of(alarm);
	bool later = compare_times(string_of(alarm, "time"), string_of(former, "time")) >= 0;
	bool earlier = compare_times(first_of(alarm), first_of(former)) < 0;
	const char *first = first_of(earlier ? alarm : former);
	json_t *kept = later ? alarm : former;
	json_t *first_time = json_string(first ? first : "");

	json_object_set_new(kept, "first_time", first_time);
	json_object_set_new(kept, "times", json_integer(times));
	return kept;
}

static void insert(json_t *alarms, json_t *alarm)
{
	size_t at = json_array_size(alarms);

	while (at > 0 &&
	       compare_times(first_of(json_array_get(alarms, at - 1)), first_of(alarm)) > 0)
		at--;
	json_array_insert(alarms, at, alarm);
}

/* Of too many the one goes that was not told for longest. */
static void hold_bound(json_t *alarms)
{
	size_t oldest = 0;

	if (json_array_size(alarms) <= ALARMS_KEPT)
		return;
	for (size_t i = 1; i < json_array_size(alarms); i++)
		if (compare_times(string_of(json_array_get(alarms, i), "time"),
				  string_of(json_array_get(alarms, oldest), "time")) < 0)
			oldest = i;
	json_array_remove(alarms, oldest);
}

void alarms_add(json_t *alarms, json_t *alarm)
{
	json_t *kept = json_incref(alarm);

	for (size_t i = json_array_size(alarms); i-- > 0;) {
		json_t *former = json_array_get(alarms, i);

		if (!same(former, alarm))
			continue;
		json_decref(kept);
		kept = json_incref(fold(former, alarm));
		json_array_remove(alarms, i);
		break;
	}
	insert(alarms, kept);
	json_decref(kept);
	hold_bound(alarms);
}

static void put_later(char *kept, const char *time)
{
	if (compare_times(time, kept) > 0)
		snprintf(kept, ALARM_TIME_SIZE, "%s", time);
}

void alarm_clock_follow(struct alarm_clock *clock)
{
	memcpy(clock->before, clock->latest, sizeof(clock->before));
	clock->stream[0] = clock->past[0] = '\0';
}

bool alarm_clock_take(struct alarm_clock *clock, const json_t *alarm, bool past)
{
	const char *time = string_of(alarm, "time");
	bool taken;

	if (!time || strlen(time) >= ALARM_TIME_SIZE)
		return false;
	if (!past && !clock->stream[0])
		put_later(clock->stream, time);
	if (past)
		taken = compare_times(time, clock->before) > 0 &&
			(!clock->stream[0] || compare_times(time, clock->stream) < 0);
	else
		taken = compare_times(time, clock->past) > 0;
	if (past)
		put_later(clock->past, time);
	put_later(clock->latest, time);
	return taken;
}

const json_t *alarms_headline(const json_t *alarms, size_t at)
{
	const json_t *latest = json_array_get(alarms, at);

	for (size_t i = at + 1; i < json_array_size(alarms); i++)
		if (same_subject(json_array_get(alarms, i), latest))
			return NULL;
	for (size_t i = at + 1; i-- > 0;) {
		const json_t *alarm = json_array_get(alarms, i);

		/* The very first refusal is told before there is an incident. */
		if (string_of(alarm, "cause") && same_subject(alarm, latest) &&
		    (equal(alarm, latest, "incident") ||
		     !json_is_integer(json_object_get(alarm, "incident"))))
			return alarm;
	}
	return latest;
}

void alarm_what(const json_t *alarm, char *text, size_t size)
{
	const char *type = string_of(alarm, "type");
	const char *cause = string_of(alarm, "cause");
	const char *state = string_of(alarm, "state");
	json_int_t percent = json_integer_value(json_object_get(alarm, "percent"));
	char times[FORMAT_SIZE] = "";

	if (times_of(alarm) > 1)
		snprintf(times, sizeof(times), " x%" JSON_INTEGER_FORMAT, times_of(alarm));
	if (cause)
		snprintf(text, size, "refused by %s%s", cause, times);
	else if (percent > 0)
		snprintf(text, size, "%d %% taken%s", (int)percent, times);
	else
		snprintf(text, size, "%s%s", state ? state : type ? type : "?", times);
}

static void put_clock(const char *time, time_t now, char *text, size_t size)
{
	char local[FORMAT_SIZE];
	char today[16];
	struct tm tm;

	if (!time || !format_time(time, local) || !localtime_r(&now, &tm)) {
		snprintf(text, size, "-");
		return;
	}
	strftime(today, sizeof(today), "%Y-%m-%d ", &tm);
	snprintf(text, size, "%s",
		 strncmp(local, today, strlen(today)) == 0 ? local + strlen(today) : local);
}

void alarm_describe(const json_t *alarm, time_t now, char *text, size_t size)
{
	const char *time = string_of(alarm, "time");
	const char *comm = string_of(alarm, "comm");
	const char *subject = string_of(alarm, "subject");
	const json_t *pid = json_object_get(alarm, "pid");
	char what[ALARM_TEXT_SIZE];
	char clock[FORMAT_SIZE];

	put_clock(time, now, clock, sizeof(clock));
	alarm_what(alarm, what, sizeof(what));
	if (json_is_integer(pid))
		snprintf(text, size, "%s %s[%d] %s", clock, comm ? comm : "?",
			 (int)json_integer_value(pid), what);
	else
		snprintf(text, size, "%s %s %s", clock, subject ? subject : "?", what);
}
