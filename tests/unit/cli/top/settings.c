// SPDX-License-Identifier: BSD-2-Clause
#include "top/settings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/fdwatch-settings-XXXXXX";
static char file[128];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/fdwatch/top.json", folder);
	return 0;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	unlink(file);
	snprintf(path, sizeof(path), "%s/fdwatch", folder);
	rmdir(path);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static size_t files_beside(void)
{
	char path[128];
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/fdwatch", folder);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void what_is_chosen_comes_back(void **state)
{
	struct settings one, other;
	struct stat st;

	(void)state;
	settings_default(&one);
	one.interval = 2.5;
	one.mouse = false;
	one.tree = true;
	one.view = VIEW_CONTAINERS;
	one.sort[VIEW_UNITS] = COLUMN_FDS;
	one.reverse[VIEW_UNITS] = true;
	one.columns[VIEW_PROCESSES][0] = (struct shown_column){COLUMN_COMMAND, 30};
	one.columns[VIEW_PROCESSES][1] = (struct shown_column){COLUMN_REFUSED, 0};
	one.column_count[VIEW_PROCESSES] = 2;
	assert_int_equal(settings_write(&one, file), 0);
	assert_int_equal(settings_write(&one, file), 0); /* the folder is there */
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_beside(), 1); /* no draft is left */
	settings_default(&other);
	assert_int_equal(settings_read(&other, file), 0);
	assert_true(other.interval == 2.5);
	assert_false(other.mouse);
	assert_true(other.tree);
	assert_int_equal(other.view, VIEW_CONTAINERS);
	assert_int_equal(other.sort[VIEW_UNITS], COLUMN_FDS);
	assert_true(other.reverse[VIEW_UNITS]);
	assert_false(other.reverse[VIEW_PROCESSES]);
	assert_int_equal(other.column_count[VIEW_PROCESSES], 2);
	assert_int_equal(other.columns[VIEW_PROCESSES][0].id, COLUMN_COMMAND);
	assert_int_equal(other.columns[VIEW_PROCESSES][0].width, 30);
	assert_int_equal(other.columns[VIEW_PROCESSES][1].id, COLUMN_REFUSED);
}

static void what_makes_no_sense_stays_as_it_was(void **state)
{
	struct settings settings, usual;

	(void)state;
	put("{\"interval_seconds\":1e9,\"mouse\":\"yes\",\"view\":\"sea\",\"tree\":3,"
	    "\"processes\":{\"sort\":\"beauty\",\"reverse\":1,\"columns\":[7,{\"name\":\"x\"},{}]},"
	    "\"units\":{\"columns\":[{\"name\":\"fds\",\"width\":-3},{\"name\":\"fds\"},"
	    "{\"name\":\"pid\",\"width\":100000}]},\"sites\":[]}");
	settings_default(&settings);
	settings_default(&usual);
	assert_int_equal(settings_read(&settings, file), 0);
	assert_int_equal(settings.column_count[VIEW_UNITS], 2);
	assert_int_equal(settings.columns[VIEW_UNITS][0].width, 0);
	assert_int_equal(settings.columns[VIEW_UNITS][1].width, 0);
	memcpy(settings.columns, usual.columns, sizeof(usual.columns));
	settings.column_count[VIEW_UNITS] = usual.column_count[VIEW_UNITS];
	assert_memory_equal(&settings, &usual, sizeof(usual));
}

static void other_files_are_told_apart(void **state)
{
	struct settings settings;

	(void)state;
	settings_default(&settings);
	put("[1,2]");
	assert_int_equal(settings_read(&settings, file), -EBADMSG);
	put("{\"interval_seconds\":");
	assert_int_equal(settings_read(&settings, file), -EBADMSG);
	put("");
	assert_int_equal(settings_read(&settings, file), -EBADMSG);
	assert_int_equal(settings_read(&settings, folder), -EBADMSG);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0); /* which nobody writes to */
	assert_int_equal(settings_read(&settings, file), -EBADMSG);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(settings_read(&settings, "/nowhere/top.json"), 0);
	assert_int_equal(settings_write(&settings, "/proc/nowhere/top.json"), -ENOENT);
}

static void the_path_is_the_users(void **state)
{
	char *path;

	(void)state;
	setenv("XDG_CONFIG_HOME", "/x", 1);
	setenv("HOME", "/h", 1);
	path = settings_path();
	assert_string_equal(path, "/x/fdwatch/top.json");
	free(path);
	setenv("XDG_CONFIG_HOME", "not/absolute", 1);
	path = settings_path();
	assert_string_equal(path, "/h/.config/fdwatch/top.json");
	free(path);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	assert_null(settings_path());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_chosen_comes_back),
		cmocka_unit_test(what_makes_no_sense_stays_as_it_was),
		cmocka_unit_test(other_files_are_told_apart),
		cmocka_unit_test(the_path_is_the_users),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
