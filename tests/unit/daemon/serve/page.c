// SPDX-License-Identifier: BSD-2-Clause
#include "serve/page.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"

static struct process *add(struct table *table, int32_t pid, const char *comm)
{
	struct process_sample sample = {.pid = pid, .start_time = 1, .fds = 3, .soft_limit = 1024};
	struct process *process;

	snprintf(sample.comm, sizeof(sample.comm), "%s", comm);
	table_update(table, &sample, &process, NULL);
	return process;
}

/* A name is text there and nothing else, and the endangered come first. */
static void names_are_text(void **state)
{
	struct table *table = table_new();
	struct status status = {.allocated = 5, .maximum = 10};
	_free_ char *text = NULL;
	size_t length;

	(void)state;
	table_begin_poll(table);
	add(table, 1, "<b>&\"'\x1b\xff\xe2\x80\xae");
	add(table, 2, "worse")->state = STATE_WARNING;
	assert_int_equal(page_write(table, &status, &text, &length), 0);
	assert_int_equal(strlen(text), length);
	assert_non_null(strstr(text, "&#60;b&#62;&#38;&#34;&#39;\\x1b\\xff\\xe2\\x80\\xae"));
	assert_null(strstr(text, "<b>"));
	assert_true(strstr(text, "worse") < strstr(text, "&#60;b&#62;"));
	assert_non_null(strstr(text, "2 processes"));
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_text),
	};

	return RUN_TESTS(tests);
}
