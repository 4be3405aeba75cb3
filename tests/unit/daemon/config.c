// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fdwatch/api.h"

static char path[] = "/tmp/fdwatch-config-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(struct config *config, const char *text, size_t length, char *error, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	error[0] = '\0';
	return config_load(config, path, error, size);
}

static void defaults(void **state)
{
	struct config config;

	(void)state;
	config_defaults(&config);
	assert_string_equal(config.socket, FDW_SOCKET_PATH);
	assert_string_equal(config.metrics_listen, FDW_METRICS_ADDRESS);
	assert_string_equal(config.state_dir, FDW_STATE_DIR);
	assert_string_equal(config.pin_dir, FDW_PIN_DIR);
	assert_true(config.interval == 1);
}

static void file_sets_what_it_names(void **state)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "[daemon]\n"
				   "socket = /run/other.sock ; and why\n"
				   "metrics_listen=[::1]:80\n"
				   "  ; indented comment\n"
				   "interval = 0.25\r\n"
				   "pin_dir: /sys/fs/bpf/x";
	struct config config;
	char error[256];

	(void)state;
	config_defaults(&config);
	assert_int_equal(load(&config, text, strlen(text), error, sizeof(error)), 0);
	assert_string_equal(config.socket, "/run/other.sock");
	assert_string_equal(config.metrics_listen, "[::1]:80");
	assert_string_equal(config.pin_dir, "/sys/fs/bpf/x");
	assert_string_equal(config.state_dir, FDW_STATE_DIR);
	assert_true(config.interval == 0.25);
	assert_int_equal(load(&config, "", 0, error, sizeof(error)), 0);
	assert_string_equal(config.socket, "/run/other.sock");
}

static void wrong_files(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *reason;
	} cases[] = {
		{"[daemon]\ninterval = 0\n", 2, "interval can't be '0': it wants seconds"},
		{"[daemon]\ninterval = 61\n", 2, "0.01 to 60"},
		{"[daemon]\ninterval = nan\n", 2, "0.01 to 60"},
		{"[daemon]\ninterval = 1s\n", 2, "0.01 to 60"},
		{"[daemon]\ninterval =\n", 2, "0.01 to 60"},
		{"[daemon]\n\n\nsocket =\n", 4, "107 bytes"},
		{"[daemon]\nmetrics_listen = 9024\n", 2, "127.0.0.1:9024"},
		{"[daemon]\ncolour = red\n", 2, "there is no key 'colour' in [daemon]"},
		{"[demon]\ninterval = 1\n", 2, "there is no section [demon]"},
		{"interval = 1\n", 1, "before any [section]"},
		{"[daemon]\ninterval = 1\ninterval = 2\n", 3, "a second time"},
		{"[daemon]\npin_dir = /a\n /b\n", 3, "a second time"},
		{"[daemon]\ninterval = 1\nwhatever\nsocket =\n", 3, "neither a [section]"},
		{"[daemon\ninterval = 1\n", 1, "neither a [section]"},
		{"[daemon]\ninterval = 0\nwhatever\n", 2, "0.01 to 60"},
	};
	struct config config, before;
	char error[256], where[64];

	(void)state;
	config_defaults(&config);
	before = config;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			load(&config, cases[i].text, strlen(cases[i].text), error, sizeof(error)),
			-EINVAL);
		snprintf(where, sizeof(where), "%s:%d: ", path, cases[i].line);
		if (strncmp(error, where, strlen(where)) != 0 || !strstr(error, cases[i].reason))
			fail_msg("case %zu: %s", i, error);
		assert_null(strchr(error, '\n'));
		assert_memory_equal(&config, &before, sizeof(config));
	}
}

static void all_or_nothing(void **state)
{
	static const char text[] = "[daemon]\nsocket = /x\ninterval = 5\nwrong = 1\n";
	struct config config;
	char error[256];

	(void)state;
	config_defaults(&config);
	assert_int_equal(load(&config, text, strlen(text), error, sizeof(error)), -EINVAL);
	assert_string_equal(config.socket, FDW_SOCKET_PATH);
	assert_true(config.interval == 1);
}

static void no_text(void **state)
{
	char text[20000] = "[daemon]\nsocket = /";
	struct config config;
	char error[40]; /* too small for the whole of it */

	(void)state;
	config_defaults(&config);
	assert_int_equal(
		load(&config, "[daemon]\nsocket = /a\0b\ninterval = 5\n", 36, error, sizeof(error)),
		-EINVAL);
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text));
	assert_int_equal(load(&config, text, sizeof(text), error, sizeof(error)), -EINVAL);
	assert_true(strlen(error) < sizeof(error));
}

static void missing_and_unreadable(void **state)
{
	struct config config;
	char error[256] = "";

	(void)state;
	config_defaults(&config);
	assert_int_equal(config_load(&config, "/nowhere/x.conf", error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "/nowhere/x.conf can't be opened: No such file or directory");
	assert_true(config_load(&config, "/", error, sizeof(error)) < 0);
	if (access(FDW_CONFIG_PATH, F_OK) != 0)
		assert_int_equal(config_load(&config, NULL, error, sizeof(error)), 0);
}

static void addresses(void **state)
{
	static const char *const good[] = {"127.0.0.1:9024", "0.0.0.0:1", "[::]:65535",
					   "[2001:db8::1]:80"};
	static const char *const bad[] = {
		"",
		":80",
		"localhost:80",
		"127.0.0.1",
		"127.0.0.1:0",
		"127.0.0.1:",
		"[::1]",
		"::1:80",
		"[::1:80",
		"[127.0.0.1]:80",
		"1.2.3.4:+80",
		"1.2.3.4: 80",
		"1.2.3.4:65536",
		"1.2.3.4:80x",
		"[]:80",
		"[:80",
	};
	struct config config;
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		config_defaults(&config);
		assert_int_equal(config_set(&config, "daemon", "metrics_listen", good[i], error,
					    sizeof(error)),
				 0);
		assert_string_equal(config.metrics_listen, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_set(&config, "daemon", "metrics_listen", bad[i], error,
					    sizeof(error)),
				 -EINVAL);
		assert_string_equal(config.metrics_listen, good[3]);
	}
	assert_int_equal(
		config_set(&config, "daemon", "metrics_listen", "none", error, sizeof(error)), 0);
	assert_string_equal(config.metrics_listen, "");
}

static void one_key(void **state)
{
	struct config config;
	char error[256], long_path[109];

	(void)state;
	config_defaults(&config);
	assert_int_equal(config_set(&config, "daemon", "interval", "0.01", error, sizeof(error)),
			 0);
	assert_true(config.interval == 0.01);
	assert_int_equal(config_set(&config, "daemon", "none", "1", error, sizeof(error)), -ENOENT);
	memset(long_path, 'x', sizeof(long_path));
	long_path[108] = '\0';
	assert_int_equal(config_set(&config, "daemon", "socket", long_path, error, sizeof(error)),
			 -EINVAL);
	assert_string_equal(config.socket, FDW_SOCKET_PATH);
	long_path[107] = '\0';
	assert_int_equal(config_set(&config, "daemon", "socket", long_path, error, sizeof(error)),
			 0);
	assert_string_equal(config.socket, long_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),    cmocka_unit_test(file_sets_what_it_names),
		cmocka_unit_test(wrong_files), cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(no_text),     cmocka_unit_test(missing_and_unreadable),
		cmocka_unit_test(addresses),   cmocka_unit_test(one_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
