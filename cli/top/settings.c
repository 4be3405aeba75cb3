// SPDX-License-Identifier: BSD-2-Clause
#include "top/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 65536

static const char *const view_names[VIEW_COUNT] = {
	[VIEW_PROCESSES] = "processes",
	[VIEW_UNITS] = "units",
	[VIEW_CONTAINERS] = "containers",
	[VIEW_SITES] = "sites",
};

static const enum column_id usual[VIEW_COUNT][COLUMN_COUNT + 1] = {
	[VIEW_PROCESSES] = {COLUMN_PID, COLUMN_USER, COLUMN_UNIT, COLUMN_FDS, COLUMN_LIMIT,
			    COLUMN_USE, COLUMN_PEAK, COLUMN_OPENED, COLUMN_CLOSED, COLUMN_GROWTH,
			    COLUMN_RECENT, COLUMN_ETA, COLUMN_STATE, COLUMN_TRACKED, COLUMN_COMMAND,
			    COLUMN_COUNT},
	[VIEW_UNITS] = {COLUMN_UNIT, COLUMN_MEMBERS, COLUMN_FDS, COLUMN_USE, COLUMN_LIMIT,
			COLUMN_PEAK, COLUMN_OPENED, COLUMN_CLOSED, COLUMN_GROWTH, COLUMN_RECENT,
			COLUMN_ETA, COLUMN_STATE, COLUMN_PID, COLUMN_COMMAND, COLUMN_COUNT},
	[VIEW_CONTAINERS] = {COLUMN_UNIT, COLUMN_MEMBERS, COLUMN_FDS, COLUMN_USE, COLUMN_LIMIT,
			     COLUMN_PEAK, COLUMN_OPENED, COLUMN_CLOSED, COLUMN_GROWTH,
			     COLUMN_RECENT, COLUMN_ETA, COLUMN_STATE, COLUMN_PID, COLUMN_COMMAND,
			     COLUMN_COUNT},
	[VIEW_SITES] = {COLUMN_PID, COLUMN_COMMAND, COLUMN_UNIT, COLUMN_KIND, COLUMN_FDS,
			COLUMN_OPENED, COLUMN_CLOSED, COLUMN_RECENT, COLUMN_OLDEST, COLUMN_MEDIAN,
			COLUMN_PLACE, COLUMN_COUNT},
};

const char *settings_view_name(enum view_kind view)
{
	return view_names[view];
}

void settings_default(struct settings *settings)
{
	*settings = (struct settings){.interval = 1, .mouse = true};
	for (enum view_kind view = 0; view < VIEW_COUNT; view++) {
		size_t count = 0;

		settings->sort[view] = view == VIEW_SITES ? COLUMN_FDS : COLUMN_STATE;
		for (; usual[view][count] != COLUMN_COUNT; count++)
			settings->columns[view][count] =
				(struct shown_column){.id = usual[view][count]};
		settings->column_count[view] = count;
	}
}

char *settings_path(void)
{
	const char *folder = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int length;

	/* One that is not absolute is to be taken as if it were not set. */
	if (folder && *folder == '/')
		length = asprintf(&path, "%s/fdwatch/top.json", folder);
	else if (home && *home == '/')
		length = asprintf(&path, "%s/.config/fdwatch/top.json", home);
	else
		return NULL;
	return length < 0 ? NULL : path;
}

static void read_columns(struct settings *settings, enum view_kind view, const json_t *list)
{
	struct shown_column columns[COLUMN_COUNT];
	bool seen[COLUMN_COUNT] = {false};
	size_t count = 0;
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		json_int_t width = json_integer_value(json_object_get(entry, "width"));
		enum column_id id = name ? column_find(name) : COLUMN_COUNT;

		if (id == COLUMN_COUNT || seen[id])
			continue;
		seen[id] = true;
		columns[count++] = (struct shown_column){
			.id = id,
			.width =
				width > 0 && width <= SETTINGS_WIDTH_MOST ? (unsigned int)width : 0,
		};
	}
	if (count == 0)
		return;
	memcpy(settings->columns[view], columns, count * sizeof(columns[0]));
	settings->column_count[view] = count;
}

static void read_view(struct settings *settings, enum view_kind view, const json_t *from)
{
	const char *sort = json_string_value(json_object_get(from, "sort"));
	const json_t *reverse = json_object_get(from, "reverse");
	enum column_id id = sort ? column_find(sort) : COLUMN_COUNT;

	if (id != COLUMN_COUNT)
		settings->sort[view] = id;
	if (json_is_boolean(reverse))
		settings->reverse[view] = json_is_true(reverse);
	read_columns(settings, view, json_object_get(from, "columns"));
}

static void read_all(struct settings *settings, const json_t *from)
{
	const json_t *interval = json_object_get(from, "interval_seconds");
	const char *shown = json_string_value(json_object_get(from, "view"));
	double seconds = json_number_value(interval);

	if (seconds >= SETTINGS_INTERVAL_LEAST && seconds <= SETTINGS_INTERVAL_MOST)
		settings->interval = seconds;
	if (json_is_boolean(json_object_get(from, "mouse")))
		settings->mouse = json_is_true(json_object_get(from, "mouse"));
	if (json_is_boolean(json_object_get(from, "tree")))
		settings->tree = json_is_true(json_object_get(from, "tree"));
	for (enum view_kind view = 0; view < VIEW_COUNT; view++) {
		if (shown && strcmp(shown, view_names[view]) == 0)
			settings->view = view;
		read_view(settings, view, json_object_get(from, view_names[view]));
	}
}

int settings_read(struct settings *settings, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO is not waited for */
	json_t *json;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		close(fd);
		return -EBADMSG;
	}
	json = json_loadfd(fd, 0, NULL);
	close(fd);
	if (json_is_object(json)) {
		read_all(settings, json);
		json_decref(json);
		return 0;
	}
	json_decref(json);
	return -EBADMSG;
}

static json_t *view_json(const struct settings *settings, enum view_kind view)
{
	json_t *columns = json_array();

	for (size_t i = 0; i < settings->column_count[view]; i++) {
		const struct shown_column *column = &settings->columns[view][i];
		json_t *entry = json_pack("{ss}", "name", column_infos[column->id].name);

		if (column->width > 0)
			json_object_set_new(entry, "width", json_integer(column->width));
		json_array_append_new(columns, entry);
	}
	return json_pack("{sssbso}", "sort", column_infos[settings->sort[view]].name, "reverse",
			 settings->reverse[view], "columns", columns);
}

static json_t *to_json(const struct settings *settings)
{
	json_t *json = json_pack("{sfsbsbss}", "interval_seconds", settings->interval, "mouse",
				 settings->mouse, "tree", settings->tree, "view",
				 view_names[settings->view]);

	for (enum view_kind view = 0; json && view < VIEW_COUNT; view++) {
		if (json_object_set_new(json, view_names[view], view_json(settings, view)) < 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

/* Every folder up to the file. */
static int make_folders(const char *path)
{
	char *folder = strdup(path);
	int error = folder ? 0 : -ENOMEM;

	for (char *at = folder ? strchr(folder + 1, '/') : NULL; at && error == 0;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			error = -errno;
		*at = '/';
	}
	free(folder);
	return error;
}

/* Closes it too. */
static int write_json(int fd, const json_t *json)
{
	int error = 0;

	if (json_dumpfd(json, fd, JSON_INDENT(2)) < 0 || write(fd, "\n", 1) != 1 || fsync(fd) < 0)
		error = errno ? -errno : -EIO;
	if (close(fd) < 0 && error == 0)
		error = -errno;
	return error;
}

/* Beside the file, and then in its place. */
static int replace(const json_t *json, const char *path)
{
	char *draft = NULL;
	int error;
	int fd;

	if (asprintf(&draft, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(draft, O_CLOEXEC);
	error = fd < 0 ? -errno : write_json(fd, json);
	if (error == 0 && rename(draft, path) < 0)
		error = -errno;
	if (error < 0 && fd >= 0)
		unlink(draft);
	free(draft);
	return error;
}

int settings_write(const struct settings *settings, const char *path)
{
	json_auto_t *json = to_json(settings);
	int error = make_folders(path);
	char *file;

	if (error < 0)
		return error;
	/* Where the user has put a link, the file that it leads to is the one. */
	file = realpath(path, NULL);
	error = json ? replace(json, file ? file : path) : -ENOMEM;
	free(file);
	return error;
}
