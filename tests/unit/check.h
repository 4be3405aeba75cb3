/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka with what it wants to be included before it. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs the tests of a program's one table, as TAP. */
#define RUN_TESTS(tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

/*
 * fork(), but a failed assertion ends the child: cmocka would go on there with the tests that
 * follow. It does not outlive the test either.
 */
static inline pid_t fork_test(void)
{
	pid_t child = fork();

	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return child;
}

#endif
