/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user has chosen, kept in top.json below the XDG configuration folder. */
#ifndef FDWATCH_TOP_SETTINGS_H
#define FDWATCH_TOP_SETTINGS_H

#include <stdbool.h>

#include "top/view.h"

#define SETTINGS_INTERVAL_LEAST 0.1
#define SETTINGS_INTERVAL_MOST 60.0
#define SETTINGS_WIDTH_MOST 200

struct shown_column {
	enum column_id id;
	unsigned int width; /* 0: as usual */
};

struct settings {
	double interval; /* seconds */
	bool mouse;
	bool tree;
	enum view_kind view;
	enum column_id sort[VIEW_COUNT];
	bool reverse[VIEW_COUNT];
	struct shown_column columns[VIEW_COUNT][COLUMN_COUNT];
	size_t column_count[VIEW_COUNT];
};

void settings_default(struct settings *settings);

/* "processes", "units", "containers", "sites" */
const char *settings_view_name(enum view_kind view);

/* The file's path, to be freed; NULL where there is no home, or no memory. */
char *settings_path(void);

/*
 * 0, also where there is no file; -EBADMSG where it is not one of these, or another -errno. What is
 * not said in it stays as it was, and so does what makes no sense.
 */
int settings_read(struct settings *settings, const char *path);

/* Whole or not at all, for nobody else to read; makes its folder. 0 or -errno. */
int settings_write(const struct settings *settings, const char *path);

#endif
