// SPDX-License-Identifier: BSD-2-Clause
#include "model/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static struct policy_rule *add(struct policies *p, enum policy_kind kind, const char *pattern)
{
	struct policy_rule *rule;

	assert_int_equal(policies_add(p, kind, pattern, &rule), 0);
	return rule;
}

static void marked(struct policies *p, enum policy_kind kind, const char *pattern)
{
	struct policy_rule *rule = add(p, kind, pattern);

	rule->set = POLICY_MARK;
	snprintf(rule->policy.mark, sizeof(rule->policy.mark), "%s", pattern);
}

static const char *mark_of(struct policies *p, struct policy_subject subject)
{
	return policies_match(p, &subject)->mark;
}

static void the_more_particular_wins(void **state)
{
	struct policies *p = policies_new();

	(void)state;
	marked(p, POLICY_CONTAINER, "3f2a*"); /* whatever the order in the file */
	marked(p, POLICY_UNIT, "web.service");
	marked(p, POLICY_UNIT, "*.service");
	marked(p, POLICY_UNIT, "web*");
	marked(p, POLICY_USER, "www-data");
	marked(p, POLICY_COMMAND, "python3");
	assert_string_equal(mark_of(p, (struct policy_subject){.comm = "python3"}), "python3");
	assert_string_equal(
		mark_of(p, (struct policy_subject){.comm = "python3", .user = "www-data"}),
		"www-data");
	assert_string_equal(mark_of(p, (struct policy_subject){.comm = "python3",
							       .user = "www-data",
							       .unit = "web.service"}),
			    "web.service");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = "web-2.service"}), "web*");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = "db.service"}), "*.service");
	assert_string_equal(
		mark_of(p, (struct policy_subject){.unit = "web.service", .container = "3f2abc"}),
		"3f2a*");
	assert_string_equal(mark_of(p, (struct policy_subject){.comm = "x"}), "");
	policies_free(p);
}

static void keys_come_one_by_one(void **state)
{
	struct policy all = {.thresholds.warning.seconds = 1, .thresholds.critical.seconds = 2};
	struct policies *p = policies_new();
	struct policy_rule *unit = add(p, POLICY_UNIT, "u"), *comm = add(p, POLICY_COMMAND, "c");
	const struct policy_subject both = {.unit = "u", .comm = "c"};
	const struct policy *made;

	(void)state;
	policies_set_default(p, &all);
	unit->set = POLICY_WARNING | POLICY_SILENCE;
	unit->policy.thresholds.warning.level = 0.5;
	comm->set = POLICY_WARNING | POLICY_SILENCE | POLICY_RAISE | POLICY_TRACK;
	comm->policy.thresholds.warning.level = 0.7;
	comm->policy.silence = true;
	comm->policy.raise_most = 9;
	comm->policy.tracking = TRACK_ALWAYS;
	made = policies_match(p, &both);
	assert_true(made->thresholds.warning.level == 0.5);
	assert_true(made->thresholds.warning.seconds == 0);
	assert_true(made->thresholds.critical.seconds == 2);
	assert_false(made->silence); /* the unit says no */
	assert_true(made->raise_most == 9 && made->tracking == TRACK_ALWAYS);
	assert_ptr_equal(policies_match(p, &both), made); /* each is made once */
	assert_ptr_equal(policies_match(p, &(struct policy_subject){.unit = "v"}),
			 policies_default(p));
	policies_free(p);
}

static void names_as_they_are(void **state)
{
	struct policies *p = policies_new();

	(void)state;
	assert_false(policies_name_users(p));
	marked(p, POLICY_USER, "1000");
	assert_true(policies_name_users(p));
	marked(p, POLICY_UNIT, "dev-x\\x2dy.service");
	marked(p, POLICY_UNIT, "run-\\x2d*");
	assert_string_equal(mark_of(p, (struct policy_subject){.user = "alice", .uid = 1000}),
			    "1000");
	assert_string_equal(mark_of(p, (struct policy_subject){.user = NULL, .uid = 1000}), "1000");
	assert_string_equal(mark_of(p, (struct policy_subject){.user = "1000", .uid = 5}), "1000");
	assert_string_equal(mark_of(p, (struct policy_subject){.user = "alice", .uid = 100}), "");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = "dev-x\\x2dy.service"}),
			    "dev-x\\x2dy.service");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = "run-\\x2dfoo"}),
			    "run-\\x2d*");
	policies_free(p);
}

static void the_unknown_matches_nothing(void **state)
{
	struct policies *p = policies_new();

	(void)state;
	marked(p, POLICY_UNIT, "*");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = ""}), "");
	assert_string_equal(mark_of(p, (struct policy_subject){.unit = "x"}), "*");
	policies_free(p);
}

static void bounds(void **state)
{
	struct policies *p = policies_new();
	char pattern[POLICY_PATTERN_SIZE + 1];
	struct policy_rule *rule;

	(void)state;
	memset(pattern, 'x', sizeof(pattern));
	pattern[POLICY_PATTERN_SIZE] = '\0';
	assert_int_equal(policies_add(p, POLICY_UNIT, pattern, &rule), -ENAMETOOLONG);
	pattern[POLICY_PATTERN_SIZE - 1] = '\0';
	assert_int_equal(policies_add(p, POLICY_UNIT, pattern, &rule), 0);
	assert_int_equal(policies_add(p, POLICY_UNIT, pattern, &rule), -EEXIST);
	assert_int_equal(policies_add(p, POLICY_USER, pattern, &rule), 0);
	for (int i = 2; i < POLICY_RULES_MAX; i++) {
		snprintf(pattern, sizeof(pattern), "%d", i);
		assert_int_equal(policies_add(p, POLICY_UNIT, pattern, &rule), 0);
	}
	assert_int_equal(policies_add(p, POLICY_UNIT, "one more", &rule), -ENOSPC);
	policies_free(p);
	policies_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_more_particular_wins),
		cmocka_unit_test(keys_come_one_by_one),
		cmocka_unit_test(names_as_they_are),
		cmocka_unit_test(the_unknown_matches_nothing),
		cmocka_unit_test(bounds),
	};

	return RUN_TESTS(tests);
}
