// SPDX-License-Identifier: BSD-2-Clause
#include "notify/command.h"

#include <errno.h>
#include <stdlib.h>

#include "told.h"

static void test_words(void **state)
{
	struct failure failure;
	struct command command;

	(void)state;
	assert_int_equal(command_parse(&command, "/bin/true", &failure), 0);
	assert_string_equal(command.words[0], "/bin/true");
	assert_null(command.words[1]);
	assert_int_equal(command_parse(&command, " /bin/mail\t-s  $(id) 'a;b \"  ", &failure), 0);
	assert_string_equal(command.words[0], "/bin/mail");
	assert_string_equal(command.words[1], "-s");
	assert_string_equal(command.words[2], "$(id)"); /* no shell: it stands for itself */
	assert_string_equal(command.words[3], "'a;b");
	assert_string_equal(command.words[4], "\"");
	assert_null(command.words[5]);
}

static void test_refused(void **state)
{
	static const char *const lines[] = {"", " \t ", "true", "./true", "bin/true /bin/true"};
	char line[COMMAND_SIZE + 1], words[3 * COMMAND_WORDS] = "/a";
	struct failure failure;
	struct command command;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(command_parse(&command, lines[i], &failure), -EINVAL);
	memset(line, 'a', sizeof(line) - 1);
	line[0] = '/';
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(command_parse(&command, line, &failure), -EINVAL);
	line[sizeof(line) - 2] = '\0';
	assert_int_equal(command_parse(&command, line, &failure), 0);
	for (int i = 1; i < COMMAND_WORDS; i++)
		ADD_TEXT(words, " a");
	assert_int_equal(command_parse(&command, words, &failure), 0);
	assert_null(command.words[COMMAND_WORDS]);
	ADD_TEXT(words, " a");
	assert_int_equal(command_parse(&command, words, &failure), -EINVAL);
}

static const char *find(char **environment, const char *name)
{
	size_t length = strlen(name);

	for (char **variable = environment; *variable; variable++)
		if (!strncmp(*variable, name, length) && (*variable)[length] == '=')
			return *variable + length + 1;
	return NULL;
}

/* Nothing of the daemon's own environment, and no byte that somebody could be harmed by. */
static void test_environment(void **state)
{
	struct notice notice = usual_notice(41, 17);
	char **environment;

	(void)state;
	setenv("SECRET", "x", 1);
	PUT_TEXT(notice.comm, "() { :;}\n\x1b\xff");
	PUT_TEXT(notice.unit, "");
	environment = command_environment(&notice);
	assert_non_null(environment);
	assert_null(find(environment, "SECRET"));
	assert_non_null(find(environment, "PATH"));
	assert_string_equal(find(environment, "LANG"), "C.UTF-8");
	assert_string_equal(find(environment, "FDWATCH_EVENT_ID"), "41");
	assert_string_equal(find(environment, "FDWATCH_COMM"), "() { :;}\\x0a\\x1b\\xff");
	assert_null(find(environment, "FDWATCH_UNIT"));
	assert_non_null(strstr(find(environment, "FDWATCH_SUMMARY"), "812 of 1024 open"));
	for (char **variable = environment; *variable; variable++)
		assert_null(strpbrk(*variable, "\n\x1b\xff"));
	command_environment_free(environment);
	command_environment_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_environment),
	};

	return RUN_TESTS(tests);
}
