// SPDX-License-Identifier: BSD-2-Clause
#include "notify/credentials.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

static int read_text(const char *text, char credentials[CREDENTIALS_SIZE], struct failure *failure)
{
	scratch_write(text, strlen(text));
	return credentials_read(scratch, credentials, failure);
}

static void test_first_line(void **state)
{
	char credentials[CREDENTIALS_SIZE];
	struct failure failure;

	(void)state;
	assert_int_equal(read_text("user:pass word:2\r\nmore", credentials, &failure), 0);
	assert_string_equal(credentials, "user:pass word:2");
	assert_int_equal(read_text("user:", credentials, &failure), 0);
	assert_string_equal(credentials, "user:");
}

static void test_refused(void **state)
{
	char credentials[CREDENTIALS_SIZE];
	struct failure failure;

	(void)state;
	assert_int_equal(read_text("\nuser:x", credentials, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, scratch));
	assert_int_equal(read_text("", credentials, &failure), -EINVAL);
	assert_int_equal(credentials_read("/nonexistent", credentials, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "No such file"));
	assert_int_equal(credentials_read("/", credentials, &failure), -EISDIR);
	unlink(scratch);
	assert_int_equal(mkfifo(scratch, 0600), 0); /* and nobody writes to it */
	assert_int_equal(credentials_read(scratch, credentials, &failure), -EINVAL);
	unlink(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_line),
		cmocka_unit_test(test_refused),
	};

	return RUN_TESTS_WITH_SCRATCH(tests);
}
