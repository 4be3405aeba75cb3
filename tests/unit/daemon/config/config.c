// SPDX-License-Identifier: BSD-2-Clause
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdwatch/api.h"
#include "scratch.h"

static int load(struct config *config, const char *text, size_t length, char *error, size_t size)
{
	config_free(config);
	scratch_write(text, length);
	error[0] = '\0';
	return config_load(config, scratch, error, size);
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
	assert_int_equal(config.backend, BACKEND_AUTO);
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
				   "backend = fentry\n"
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
	assert_int_equal(config.backend, BACKEND_FENTRY);
	assert_int_equal(load(&config, "", 0, error, sizeof(error)), 0);
	assert_string_equal(config.socket, "/run/other.sock");
	config_free(&config);
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
		{"[daemon]\nbackend = kprobe\n", 2, "auto, fentry or tracepoint"},
		{"[daemon]\n\n\nsocket =\n", 4, "107 bytes"},
		{"[daemon]\nmetrics_listen = 9024\n", 2, "127.0.0.1:9024"},
		{"[daemon]\ncolour = red\n", 2, "there is no key 'colour' in [daemon]"},
		{"[demon]\ninterval = 1\n", 1, "there is no section [demon]"},
		{"interval = 1\n", 1, "before any [section]"},
		{"[daemon]\ninterval = 1\ninterval = 2\n", 3, "a second time"},
		{"[daemon]\npin_dir = /a\n /b\n", 3, "a second time"},
		{"[daemon]\ninterval = 1\nwhatever\nsocket =\n", 3, "neither a [section]"},
		{"[daemon\ninterval = 1\n", 1, "neither a [section]"},
		{"[daemon]\ninterval = 0\nwhatever\n", 2, "0.01 to 60"},
		{"[daemon]\ninterval = 1\n[demon]\n[alarm]\n", 3, "there is no section [demon]"},
		{"[daemon]\nsocket = /a\n  [alarm]\n", 3, "in the first column"},
		{"[]\n", 1, "there is no section []"},
		{"[alarm]\nwarning = 6\n", 2, "6h or 15min"},
		{"[alarm]\ncritical = 0%\n", 2, "80%"},
		{"[alarm]\nwarning = 1h\ncritical = 2h\n", 3, "a longer time ahead than warning"},
		{"[alarm]\ncritical = 80%\nwarning = 90%\n", 3, "a lower level than warning"},
		{"[tracking]\nmode = some\n", 2, "growing, all or none"},
		{"[journal]\nenabled = 1\n", 2, "yes or no"},
		{"[hook]\ncommand = mail root\n", 2, "an absolute path and arguments"},
		{"[hook]\ndeadline = 0\n", 2, "1s to 1h"},
		{"[hook]\nat_once = 65\n", 2, "1 to 64"},
		{"[alertmanager]\nurl = localhost:9093\n", 2, "http or https URLs"},
		{"[alertmanager]\nurl = http://me:secret@am\n", 2, "can't be 'http://***@am': it"},
		{"[alertmanager]\nresend = 2h\n", 2, "1s to 1h"},
		{"[tracking]\nmode = all\nmode = all\n", 3, "a second time"},
		{"[incidents]\nretention = 30min\n", 2, "1h to 520w"},
		{"[incidents]\nmax_size = 1023K\n", 2, "1M to 1T"},
		{"[unit]\nsilence = yes\n", 1, "wants a name or a pattern"},
		{"[unit   ]\n", 1, "wants a name or a pattern"},
		{"[units x]\n", 1, "there is no section [units x]"},
		{"[unit a]\n[user a]\n[unit a]\n", 3, "[unit a] stands a second time"},
		{"[command sixteen-bytes-16]\n", 1, "'sixteen-bytes-1'"},
		{"[unit a]\ninterval = 1\n", 2, "there is no key 'interval' in [unit a]"},
		{"[unit a]\nsilence = maybe\n", 2, "it wants yes or no"},
		{"[unit a]\nsilence = yes\nsilence = no\n", 3, "a second time"},
		{"[unit a]\nraise_limit = 0\n", 2, "1073741824 at most"},
		{"[unit a]\ntrack = all\n", 2, "it wants yes or no"},
		{"[unit a]\nmark =\n", 2, "63 bytes"},
		{"[unit a]\nwarning = soon\n", 2, "6h or 15min"},
		{"[unit a]\nwarning = 1h\ncritical = 2h\n", 3, "than warning"},
		{"[unit a]\n[daemon]\nsilence = yes\n", 3, "no key 'silence' in [daemon]"},
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
		snprintf(where, sizeof(where), "%s:%d: ", scratch, cases[i].line);
		if (strncmp(error, where, strlen(where)) != 0 || !strstr(error, cases[i].reason))
			fail_msg("case %zu: %s", i, error);
		assert_null(strchr(error, '\n'));
		assert_memory_equal(&config, &before, sizeof(config));
	}
}

static const struct policy *match(const struct config *config, const char *comm, const char *unit,
				  const char *container)
{
	const struct policy_subject subject = {
		.comm = comm, .unit = unit, .container = container, .user = "mallory", .uid = 1000};

	return policies_match(config->policies, &subject);
}

static void sections_for_processes(void **state)
{
	static const char text[] =
		"[alarm]\nwarning = 6h\ncritical = 95%\n"
		"[tracking]\nmode = none\n"
		"[unit nginx*.service] ; a proxy\n"
		"warning = 98%\nmark = team=edge\ntrack = yes\n"
		"[ unit\tworker@[0-9].service ]\nraise_limit = 65536\n"
		"[container "
		"3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a]\n"
		"silence = yes\n"
		"[command lockd]\nraise_limit = yes\ncritical = 1h30min\ntrack = no\n"
		"[user 1000]\nmark = caf\xC3\xA9 \n";
	struct config config;
	const struct policy *p;
	char error[256];

	(void)state;
	config_defaults(&config);
	assert_int_equal(load(&config, text, strlen(text), error, sizeof(error)), 0);
	p = policies_default(config.policies);
	assert_true(p->thresholds.warning.seconds == 6 * 3600 && !p->thresholds.warning.level);
	assert_true(p->thresholds.critical.level == 0.95 && p->tracking == TRACK_NEVER);
	p = match(&config, "nginx", "nginx-edge.service", "");
	assert_true(p->thresholds.warning.level == 0.98 && !p->thresholds.warning.seconds);
	assert_true(p->thresholds.critical.level == 0.95 && p->tracking == TRACK_ALWAYS);
	assert_string_equal(p->mark, "team=edge");
	assert_true(match(&config, "x", "worker@7.service", "")->raise_most == 65536);
	assert_true(match(&config, "x", "worker@77.service", "")->raise_most == 0);
	p = match(&config, "lockd", "",
		  "3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a3f2a");
	assert_true(p->silence && p->raise_most == LIMIT_INFINITY && p->tracking == TRACK_NEVER);
	assert_true(p->thresholds.critical.seconds == 5400);
	assert_string_equal(p->mark, "caf\xC3\xA9");
	config_free(&config);
}

static void incidents_are_bounded(void **state)
{
	static const char text[] = "[incidents]\nretention = 4w\nmax_size = 1G\n";
	struct config config;
	char error[256];

	(void)state;
	config_defaults(&config);
	assert_true(config.incidents.retention > 0 && config.incidents.max_bytes > 0);
	assert_int_equal(load(&config, text, strlen(text), error, sizeof(error)), 0);
	assert_true(config.incidents.retention == 4 * 604800);
	assert_true(config.incidents.max_bytes == 1 << 30);
	config_free(&config);
}

static void very_many_sections(void **state)
{
	size_t size = (POLICY_RULES_MAX + 1) * 16, used = 0;
	char *text = test_malloc(size);
	struct config config;
	char error[256];

	(void)state;
	config_defaults(&config);
	for (int i = 0; i < POLICY_RULES_MAX; i++)
		used += (size_t)snprintf(text + used, size - used, "[unit u%d]\n", i);
	assert_int_equal(load(&config, text, used, error, sizeof(error)), 0);
	used += (size_t)snprintf(text + used, size - used, "[unit x]\n");
	assert_int_equal(load(&config, text, used, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, ":1001: there are more than 1000 sections"));
	test_free(text);
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
	assert_int_equal(config.backend, BACKEND_AUTO);
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
	config_free(&config);
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
		cmocka_unit_test(defaults),
		cmocka_unit_test(file_sets_what_it_names),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(no_text),
		cmocka_unit_test(missing_and_unreadable),
		cmocka_unit_test(addresses),
		cmocka_unit_test(one_key),
		cmocka_unit_test(sections_for_processes),
		cmocka_unit_test(very_many_sections),
		cmocka_unit_test(incidents_are_bounded),
	};

	return RUN_TESTS_WITH_SCRATCH(tests);
}
