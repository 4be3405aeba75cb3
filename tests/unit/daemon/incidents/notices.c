// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/notices.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "model/policy.h"

static const struct incident open_one = {
	.id = 1000,
	.began = 900,
	.opened = 1000,
	.changed = 1500,
	.start_time = 7,
	.fds = 800,
	.soft_limit = 1024,
	.state = STATE_CRITICAL,
	.previous = STATE_WARNING,
	.worst = STATE_EXHAUSTED,
	.pid = 42,
	.uid = 5,
	.comm = "leak",
	.unit = "leak.service",
};

static void what_a_process_does(void **state)
{
	const struct policy policy = {.mark = "red"};
	struct process p = {.policy = &policy};
	struct notice n;

	(void)state;
	memset(&n, 0xff, sizeof(n));
	notice_fill(&n, &open_one, NOTICE_CHANGED, &p, "alice");
	assert_int_equal(n.incident, 1000);
	assert_int_equal(n.real_time, 1500);
	assert_int_equal(n.began, 900);
	assert_int_equal(n.ended, 0);
	assert_int_equal(n.scope, NOTICE_PROCESS);
	assert_int_equal(n.state, STATE_CRITICAL);
	assert_int_equal(n.previous, STATE_WARNING);
	assert_int_equal(n.pid, 42);
	assert_int_equal(n.worst, STATE_EXHAUSTED);
	assert_int_equal(n.end, INCIDENT_OPEN);
	assert_true(isnan(n.eta) && isnan(n.growth));
	assert_string_equal(n.resource, "RLIMIT_NOFILE");
	assert_string_equal(n.user, "alice");
	assert_string_equal(n.comm, "leak");
	assert_string_equal(n.unit, "leak.service");
	assert_string_equal(n.mark, "red");
	notice_fill(&n, &open_one, NOTICE_RAISED, NULL, NULL);
	assert_string_equal(n.user, "5");
	assert_string_equal(n.mark, "");
}

static void how_it_ends(void **state)
{
	static const enum incident_end ends[] = {INCIDENT_RECOVERED, INCIDENT_EXITED, INCIDENT_AWAY,
						 INCIDENT_REBOOTED};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct incident over = open_one;
		struct notice n;

		if (ends[i] == INCIDENT_RECOVERED) {
			over.previous = STATE_CRITICAL;
			over.state = STATE_GROWING;
		}
		incident_finish(&over, ends[i], 2000);
		notice_fill(&n, &over, NOTICE_ENDED, NULL, NULL);
		assert_int_equal(n.real_time, 2000);
		assert_int_equal(n.ended, 2000);
		assert_int_equal(n.state, over.state); /* the last */
		assert_int_equal(n.worst, STATE_EXHAUSTED);
		assert_int_equal(n.end, ends[i]);
		assert_int_equal(notice_is_gone(&n), ends[i] != INCIDENT_RECOVERED);
	}
}

static void shared_limits(void **state)
{
	struct incident i = {.type = INCIDENT_SYSTEM, .subject = "fs.file-max", .uid = UINT32_MAX};
	struct notice n;

	(void)state;
	notice_fill(&n, &i, NOTICE_RAISED, NULL, NULL);
	assert_int_equal(n.scope, NOTICE_SYSTEM);
	assert_int_equal(n.uid, NOTICE_NOBODY);
	assert_string_equal(n.resource, "fs.file-max");
	assert_string_equal(n.user, "");
	PUT_TEXT(i.subject, "inotify:alice@4026532567");
	i.uid = 5;
	notice_fill(&n, &i, NOTICE_RAISED, NULL, "alice");
	assert_string_equal(n.resource, "fs.inotify.max_user_instances");
	assert_string_equal(n.user, "alice");
	i.state = STATE_CRITICAL;
	incident_finish(&i, INCIDENT_AWAY, 3000); /* nobody uses it any more */
	notice_fill(&n, &i, NOTICE_ENDED, NULL, NULL);
	assert_int_equal(n.state, STATE_OK);
	assert_int_equal(n.previous, STATE_CRITICAL);
	assert_false(notice_is_gone(&n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_process_does),
		cmocka_unit_test(how_it_ends),
		cmocka_unit_test(shared_limits),
	};

	return RUN_TESTS(tests);
}
