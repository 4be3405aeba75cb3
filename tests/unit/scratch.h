/* SPDX-License-Identifier: BSD-2-Clause */
/* A file for the tests of one program: made before the first, gone after the last. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static char scratch[] = "/tmp/fdwatch-scratch-XXXXXX";

static int scratch_make(void **state)
{
	int fd = mkstemp(scratch);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int scratch_remove(void **state)
{
	(void)state;
	unlink(scratch); /* a test may have done so */
	return 0;
}

/* In place of what it held. */
static inline void scratch_write(const void *bytes, size_t length)
{
	FILE *file = fopen(scratch, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

/* Runs the tests of a program's one table with the file beside them, as TAP. */
#define RUN_TESTS_WITH_SCRATCH(tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), \
	 cmocka_run_group_tests(tests, scratch_make, scratch_remove))

#endif
