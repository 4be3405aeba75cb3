/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of daemon/notify share: a notice, who is reported to, a loop run for a while. */
#ifndef TESTS_UNIT_DAEMON_NOTIFY_TOLD_H
#define TESTS_UNIT_DAEMON_NOTIFY_TOLD_H

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "clock.h"
#include "notify/notify.h"

/* Behind failure.h: cmocka has a fail() of its own. */
#include "daemon/model/a_notice.h"

#define DEADLINE_USEC 15000000
#define TOLD_MAX 2048

/* What was reported, in the order it came. */
struct told {
	sd_event *loop;
	unsigned done, rooms, lines;
	uint64_t events[TOLD_MAX];
	char log[16384];
};

static inline void told_done(uint64_t event_id, enum notify_channel channel, void *data)
{
	struct told *told = data;

	(void)channel;
	assert_in_range(told->done, 0, TOLD_MAX - 1);
	told->events[told->done++] = event_id;
}

static inline void told_room(enum notify_channel channel, void *data)
{
	struct told *told = data;

	(void)channel;
	told->rooms++;
}

static inline void told_log(int level, const char *line, void *data)
{
	struct told *told = data;
	size_t used = strlen(told->log);

	snprintf(told->log + used, sizeof(told->log) - used, "<%d>%s\n", level, line);
	told->lines++;
}

static inline struct notify_calls told_calls(struct told *told)
{
	return (struct notify_calls){
		.done = told_done, .room = told_room, .log = told_log, .data = told};
}

/* Runs the loop until the number has come to what is wanted, or the deadline has passed. */
static inline void run_until(sd_event *loop, const unsigned *number, unsigned wanted)
{
	uint64_t end = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;

	while (*number < wanted && clock_usec(CLOCK_MONOTONIC) < end)
		assert_true(sd_event_run(loop, 50000) >= 0);
	assert_int_equal(*number, wanted);
}

/* Runs the loop for a while, for what must not happen. */
static inline void run_for(sd_event *loop, uint64_t usec)
{
	uint64_t end = clock_usec(CLOCK_MONOTONIC) + usec;

	while (clock_usec(CLOCK_MONOTONIC) < end)
		assert_true(sd_event_run(loop, 10000) >= 0);
}

#endif
