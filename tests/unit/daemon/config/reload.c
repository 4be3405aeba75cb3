// SPDX-License-Identifier: BSD-2-Clause
#include "config/reload.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config/options.h"
#include "scratch.h"

static void write_file(const char *text)
{
	scratch_write(text, strlen(text));
}

struct seen {
	int good, bad;
	double interval, warning;
	char socket[108];
	char failure[FAILURE_MAX];
};

static void on_done(const struct config *config, const struct failure *failure, void *data)
{
	struct seen *seen = data;

	if (!config) {
		seen->bad++;
		snprintf(seen->failure, sizeof(seen->failure), "%s", failure->text);
		return;
	}
	seen->good++;
	seen->interval = config->interval;
	seen->warning = policies_default(config->policies)->thresholds.warning.seconds;
	snprintf(seen->socket, sizeof(seen->socket), "%s", config->socket);
	policies_free(config->policies);
}

static void run(sd_event *loop, const struct seen *seen, int count)
{
	for (int i = 0; i < 100 && seen->good + seen->bad < count; i++)
		assert_true(sd_event_run(loop, 1000000) >= 0);
	assert_int_equal(seen->good + seen->bad, count);
}

static void file_is_read_anew(void **state)
{
	char name[] = "fdwatchd", option[] = "--config", other[] = "--socket", given[] = "/given";
	char *argv[] = {name, option, scratch, other, given, NULL};
	struct seen seen = {};
	sd_event *loop;
	struct reload *reload;
	uint64_t begun = clock_usec(CLOCK_MONOTONIC);

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	reload = reload_new(loop, 5, argv, on_done, &seen);
	write_file("[daemon]\ninterval = 5\nsocket = /file\n[alarm]\nwarning = 2h\n");
	assert_int_equal(reload_begin(reload), 0);
	run(loop, &seen, 1);
	assert_true(seen.interval == 5 && seen.warning == 7200);
	assert_string_equal(seen.socket, "/given"); /* options win, as at the start */

	write_file("[daemon]\ninterval = 7\nintervall = 5\n");
	assert_int_equal(reload_begin(reload), 0);
	run(loop, &seen, 2);
	assert_int_equal(seen.bad, 1);
	assert_non_null(strstr(seen.failure, ":3: there is no key 'intervall'"));

	write_file("[daemon]\ninterval = 9\n"); /* asked for twice, read once */
	assert_int_equal(reload_begin(reload), 0);
	assert_int_equal(reload_begin(reload), 0);
	run(loop, &seen, 3);
	assert_true(seen.interval == 9);

	for (int i = 0; i < 1000; i++) /* by a storm: once, after a pause */
		assert_int_equal(reload_begin(reload), 0);
	run(loop, &seen, 4);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun >= 3000000);

	assert_int_equal(reload_begin(reload), 0); /* ended before it is done */
	reload_free(reload);
	sd_event_unref(loop);
}

static void what_wants_a_restart(void **state)
{
	struct config now, fresh;
	char names[64];

	(void)state;
	config_defaults(&now);
	config_defaults(&fresh);
	fresh.interval = 3;
	reload_keep_fixed(&fresh, &now, names, sizeof(names));
	assert_string_equal(names, "");
	assert_true(fresh.interval == 3);
	snprintf(fresh.socket, sizeof(fresh.socket), "/x");
	snprintf(fresh.pin_dir, sizeof(fresh.pin_dir), "/y");
	reload_keep_fixed(&fresh, &now, names, sizeof(names));
	assert_string_equal(names, "socket, pin_dir");
	assert_string_equal(fresh.socket, now.socket);
	assert_string_equal(fresh.pin_dir, now.pin_dir);
	fresh.groups = 7;
	reload_keep_fixed(&fresh, &now, names, sizeof(names));
	assert_string_equal(names, "groups");
	assert_int_equal(fresh.groups, now.groups);
	fresh.backend = BACKEND_FENTRY;
	reload_keep_fixed(&fresh, &now, names, sizeof(names));
	assert_string_equal(names, "backend");
	assert_int_equal(fresh.backend, BACKEND_AUTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read_anew),
		cmocka_unit_test(what_wants_a_restart),
	};

	return RUN_TESTS_WITH_SCRATCH(tests);
}
