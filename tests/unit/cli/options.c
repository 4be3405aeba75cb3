// SPDX-License-Identifier: BSD-2-Clause
#include "options.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* What the user is told goes elsewhere: here only that something is wrong counts. */
static int be_quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		return -1;
	close(fd);
	return 0;
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t number;
	} cases[] = {
		{"1", 1},
		{"4194304", 4194304},
		{"2147483647", INT32_MAX},
		{"007", 7},
		{"0", 0},
		{"-1", 0},
		{"+1", 0},
		{"", 0},
		{" 1", 0},
		{"1 ", 0},
		{"1x", 0},
		{"0x10", 0},
		{"1.5", 0},
		{"2147483648", 0},
		{"99999999999999999999999999", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(options_number(cases[i].text, INT32_MAX), cases[i].number);
}

/* Parses as `ps` would; returns what ended it. */
static int parse(struct context *context, int argc, const char *const *words, const char **sort)
{
	static const struct option list[] = {
		{"sort", required_argument, NULL, 's'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "", .help = ""};
	static char *argv[16];
	int option;

	for (int i = 0; i < argc; i++)
		argv[i] = (char *)words[i];
	argv[argc] = NULL;
	optind = 0;
	while ((option = options_next(context, argc, argv, &options)) == 's')
		*sort = optarg;
	if (option == OPTIONS_END && options_operands(argc, argv, 1, "a PID") != EXIT_DONE)
		return OPTIONS_WRONG;
	return option;
}

static void options_stand_anywhere(void **state)
{
	static const char *const words[] = {"show", "--json", "12", "--sort=fds", "--socket", "/s"};
	struct context context = {0};
	const char *sort = "";

	(void)state;
	assert_int_equal(parse(&context, 6, words, &sort), OPTIONS_END);
	assert_true(context.json);
	assert_string_equal(context.socket_path, "/s");
	assert_string_equal(sort, "fds");
}

static void wrong_use_is_told(void **state)
{
	char path[200];
	const char *const cases[][4] = {
		{"show", NULL},
		{"show", "1", "2", NULL},
		{"show", "1", "--bogus", NULL},
		{"show", "1", "-x", NULL},
		{"show", "1", "--sort", NULL},
		{"show", "1", "--json=3", NULL},
		{"show", "1", "--socket", NULL},
		{"show", "1", "--socket=", NULL},
		{"show", "1", path, NULL},
	};

	(void)state;
	memset(path, 'a', sizeof(path));
	memcpy(path, "--socket=", 9);
	path[9 + 108] = '\0';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct context context = {0};
		const char *sort = "";
		int argc = 0;

		while (argc < 4 && cases[i][argc])
			argc++;
		assert_int_equal(parse(&context, argc, cases[i], &sort), OPTIONS_WRONG);
	}
}

static void two_dashes_end_the_options(void **state)
{
	static const char *const words[] = {"show", "--", "--json"};
	struct context context = {0};
	const char *sort = "";

	(void)state;
	assert_int_equal(parse(&context, 3, words, &sort), OPTIONS_END);
	assert_false(context.json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(wrong_use_is_told),
		cmocka_unit_test(two_dashes_end_the_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, be_quiet, NULL);
}
