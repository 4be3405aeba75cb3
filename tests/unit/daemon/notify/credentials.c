// SPDX-License-Identifier: BSD-2-Clause
#include "notify/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "told.h"

static char path[] = "/tmp/fdw-credentials-XXXXXX";

static int read_text(const char *text, char credentials[CREDENTIALS_SIZE], struct failure *failure)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
	return credentials_read(path, credentials, failure);
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
	assert_non_null(strstr(failure.text, path));
	assert_int_equal(read_text("", credentials, &failure), -EINVAL);
	assert_int_equal(credentials_read("/nonexistent", credentials, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "No such file"));
	assert_int_equal(credentials_read("/", credentials, &failure), -EINVAL);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0); /* and nobody writes to it */
	assert_int_equal(credentials_read(path, credentials, &failure), -EINVAL);
	unlink(path);
}

static int set_up(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_line),
		cmocka_unit_test(test_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
