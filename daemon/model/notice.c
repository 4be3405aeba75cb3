// SPDX-License-Identifier: BSD-2-Clause
#include "model/notice.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "model/text.h"

#define CONTAINER_SHOWN 12 /* as container tools show an id */

const char *notice_step_name(enum notice_step step)
{
	static const char *const names[NOTICE_STEP_COUNT] = {
		[NOTICE_RAISED] = "raised",
		[NOTICE_CHANGED] = "changed",
		[NOTICE_ENDED] = "ended",
	};

	return names[step];
}

const char *notice_scope_name(enum notice_scope scope)
{
	return scope == NOTICE_SYSTEM ? "system" : "process";
}

bool notice_is_gone(const struct notice *n)
{
	return n->scope == NOTICE_PROCESS && n->step == NOTICE_ENDED &&
	       n->end != INCIDENT_RECOVERED;
}

/* "nginx (pid 812, nginx.service)", "the host", "user alice". */
static void name_subject(const struct notice *n, char *buffer, size_t size)
{
	char comm[PROCESS_COMM_LEN * TEXT_SPELT_SIZE], place[sizeof(n->unit) * 2];

	if (n->scope == NOTICE_SYSTEM && n->uid == NOTICE_NOBODY) {
		snprintf(buffer, size, "the host");
	} else if (n->scope == NOTICE_SYSTEM) {
		text_spell(place, sizeof(place), n->user);
		if (*place)
			snprintf(buffer, size, "user %s", place);
		else
			snprintf(buffer, size, "user %" PRIu32, n->uid);
	} else {
		text_spell(comm, sizeof(comm), n->comm);
		text_spell(place, sizeof(place), n->unit);
		if (!*place && *n->container)
			snprintf(place, sizeof(place), "container %.*s", CONTAINER_SHOWN,
				 n->container);
		snprintf(buffer, size, "%s (pid %" PRId32 "%s%s)", comm, n->pid, *place ? ", " : "",
			 place);
	}
}

/* " in 2 h 10 min (1 h 30 min to 3 h)", as far as it is known. */
static void name_time(const struct notice *n, char *buffer, size_t size)
{
	char eta[TEXT_DURATION_SIZE], low[TEXT_DURATION_SIZE], high[TEXT_DURATION_SIZE];

	text_duration(eta, n->eta);
	if (!isfinite(n->eta_low) || n->eta_low < 0) {
		snprintf(buffer, size, " in %s", eta);
		return;
	}
	text_duration(low, n->eta_low);
	if (isfinite(n->eta_high)) {
		text_duration(high, n->eta_high);
		snprintf(buffer, size, " in %s (%s to %s)", eta, low, high);
	} else {
		snprintf(buffer, size, " in %s (%s at the least)", eta, low);
	}
}

/* How it went out: "has ended after it ran out of descriptors, with 1024 of 1024 open". */
static void name_end(const struct notice *n, const char *count, char *buffer, size_t size)
{
	const char *after = n->worst == STATE_EXHAUSTED ? " after it ran out of descriptors," : "";

	if (n->end == INCIDENT_REBOOTED)
		snprintf(buffer, size, "ended as the host did, with %s open when last seen", count);
	else if (n->end == INCIDENT_AWAY)
		snprintf(buffer, size, "ended while fdwatchd was away, with %s open when last seen",
			 count);
	else
		snprintf(buffer, size, "has ended%s with %s open", after, count);
}

/* What becomes of it, with the count: "will run out of descriptors in 5 min: 812 of 1024 open". */
static void name_process_state(const struct notice *n, const char *count, char *buffer, size_t size)
{
	char time[3 * TEXT_DURATION_SIZE + 32];

	if (notice_is_gone(n)) {
		name_end(n, count, buffer, size);
	} else if (n->step == NOTICE_ENDED) {
		snprintf(buffer, size, "is out of danger: %s open", count);
	} else if (n->state == STATE_EXHAUSTED) {
		snprintf(buffer, size, "has run out of descriptors: %s open", count);
	} else if (isfinite(n->eta) && n->eta >= 0) {
		name_time(n, time, sizeof(time));
		snprintf(buffer, size, "will run out of descriptors%s: %s open", time, count);
	} else {
		snprintf(buffer, size, "is near its limit of descriptors: %s open", count);
	}
}

static void name_system_state(const struct notice *n, const char *count, char *buffer, size_t size)
{
	char time[3 * TEXT_DURATION_SIZE + 32];

	if (n->step == NOTICE_ENDED) {
		snprintf(buffer, size, "is out of danger of %s: %s used", n->resource, count);
	} else if (n->state == STATE_EXHAUSTED) {
		snprintf(buffer, size, "has reached %s: %s used", n->resource, count);
	} else if (isfinite(n->eta) && n->eta >= 0) {
		name_time(n, time, sizeof(time));
		snprintf(buffer, size, "will reach %s%s: %s used", n->resource, time, count);
	} else {
		snprintf(buffer, size, "is near %s: %s used", n->resource, count);
	}
}

void notice_summary(const struct notice *n, char *buffer, size_t size)
{
	char subject[640], what[384], count[64];

	name_subject(n, subject, sizeof(subject));
	if (n->soft_limit == LIMIT_INFINITY)
		snprintf(count, sizeof(count), "%" PRIu64, n->fds);
	else
		snprintf(count, sizeof(count), "%" PRIu64 " of %" PRIu64, n->fds, n->soft_limit);
	if (n->scope == NOTICE_SYSTEM)
		name_system_state(n, count, what, sizeof(what));
	else
		name_process_state(n, count, what, sizeof(what));
	snprintf(buffer, size, "%s %s", subject, what);
}
