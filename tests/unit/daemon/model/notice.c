// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/a_notice.h"

static void expect(const struct notice *notice, const char *text)
{
	char buffer[NOTICE_SUMMARY_SIZE];

	notice_summary(notice, buffer, sizeof(buffer));
	assert_string_equal(buffer, text);
}

static void test_process(void **state)
{
	struct notice n = usual_notice(41, 17);

	(void)state;
	n.eta_high = 10800;
	expect(&n, "nginx (pid 812, nginx.service) will run out of descriptors in 2 h 10 min "
		   "(1 h 30 min to 3 h): 812 of 1024 open");
	n.eta_high = INFINITY;
	expect(&n, "nginx (pid 812, nginx.service) will run out of descriptors in 2 h 10 min "
		   "(1 h 30 min at the least): 812 of 1024 open");
	n.eta_low = NAN;
	n.unit[0] = '\0';
	PUT_TEXT(n.container, "0123456789abcdef0123456789abcdef");
	expect(&n, "nginx (pid 812, container 0123456789ab) will run out of descriptors in "
		   "2 h 10 min: 812 of 1024 open");
	n.container[0] = '\0';
	n.eta = INFINITY;
	expect(&n, "nginx (pid 812) is near its limit of descriptors: 812 of 1024 open");
	n.state = STATE_EXHAUSTED;
	expect(&n, "nginx (pid 812) has run out of descriptors: 812 of 1024 open");
}

static void test_end(void **state)
{
	struct notice n = usual_notice(41, 17);

	(void)state;
	n.unit[0] = '\0';
	end_notice(&n, INCIDENT_RECOVERED, STATE_EXHAUSTED);
	expect(&n, "nginx (pid 812) is out of danger: 812 of 1024 open");
	assert_false(notice_is_gone(&n));
	end_notice(&n, INCIDENT_EXITED, STATE_EXHAUSTED);
	expect(&n, "nginx (pid 812) has ended after it ran out of descriptors, with 812 of 1024 "
		   "open");
	assert_true(notice_is_gone(&n));
	n.soft_limit = LIMIT_INFINITY;
	end_notice(&n, INCIDENT_EXITED, STATE_CRITICAL);
	expect(&n, "nginx (pid 812) has ended with 812 open");
	end_notice(&n, INCIDENT_AWAY, STATE_CRITICAL);
	expect(&n, "nginx (pid 812) ended while fdwatchd was away, with 812 open when last seen");
	end_notice(&n, INCIDENT_REBOOTED, STATE_CRITICAL);
	expect(&n, "nginx (pid 812) ended as the host did, with 812 open when last seen");
}

static void test_system(void **state)
{
	struct notice n = usual_notice(41, 17);

	(void)state;
	n.scope = NOTICE_SYSTEM;
	n.uid = NOTICE_NOBODY;
	n.eta_low = NAN;
	PUT_TEXT(n.resource, "fs.file-max");
	expect(&n, "the host will reach fs.file-max in 2 h 10 min: 812 of 1024 used");
	n.uid = 1000;
	n.user[0] = '\0';
	n.eta = NAN;
	PUT_TEXT(n.resource, "fs.inotify.max_user_instances");
	expect(&n, "user 1000 is near fs.inotify.max_user_instances: 812 of 1024 used");
	PUT_TEXT(n.user, "alice");
	n.state = STATE_EXHAUSTED;
	expect(&n, "user alice has reached fs.inotify.max_user_instances: 812 of 1024 used");
	end_notice(&n, INCIDENT_AWAY, STATE_EXHAUSTED);
	assert_false(notice_is_gone(&n));
	expect(&n,
	       "user alice is out of danger of fs.inotify.max_user_instances: 812 of 1024 used");
}

/* The longest and worst names leave the rest of the line whole. */
static void test_hostile(void **state)
{
	struct notice n = usual_notice(41, 17);
	char buffer[NOTICE_SUMMARY_SIZE];

	(void)state;
	n.eta_high = 10800;
	memset(n.comm, '\n', sizeof(n.comm) - 1);
	memset(n.unit, 0xff, sizeof(n.unit) - 1);
	notice_summary(&n, buffer, sizeof(buffer));
	assert_int_equal(strncmp(buffer, "\\x0a\\x0a", 8), 0);
	assert_null(strpbrk(buffer, "\n\xff"));
	assert_non_null(strstr(buffer, "3 h): 812 of 1024 open"));
	n.unit[0] = '\0';
	n.comm[1] = '\0';
	n.eta = n.eta_low = n.eta_high = 1e300;
	n.fds = n.soft_limit = UINT64_MAX - 1;
	notice_summary(&n, buffer, sizeof(buffer));
	assert_non_null(strstr(buffer, "18446744073709551614 of 18446744073709551614 open"));
	notice_summary(&n, buffer, 8);
	assert_int_equal(strlen(buffer), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_hostile),
	};

	return RUN_TESTS(tests);
}
