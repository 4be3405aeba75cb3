/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka with what it wants to be included before it. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs the tests of a program's one table, as TAP. */
#define RUN_TESTS(tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

/* Puts a text into an array of characters, or behind the one that stands there; it has to fit. */
#define PUT_TEXT(array, text) \
	assert_in_range(snprintf(array, sizeof(array), "%s", text), 0, sizeof(array) - 1)
#define ADD_TEXT(array, text) \
	do { \
		size_t used_ = strlen(array); \
		assert_in_range(snprintf((array) + used_, sizeof(array) - used_, "%s", text), 0, \
				sizeof(array) - used_ - 1); \
	} while (0)

/* A command of the shell's; its status. */
__attribute__((format(printf, 1, 2))) static inline int run_shell(const char *format, ...)
{
	char command[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return system(command);
}

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
