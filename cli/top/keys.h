/* SPDX-License-Identifier: BSD-2-Clause */
/* What each key does, in one table: the help is made from it. */
#ifndef FDWATCH_TOP_KEYS_H
#define FDWATCH_TOP_KEYS_H

#include <stddef.h>

enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
	ACTION_END,
	ACTION_OPEN,
	ACTION_OPEN_INCIDENT,
	ACTION_BACK,
	ACTION_NEXT_TAB,
	ACTION_PREVIOUS_TAB,
	ACTION_FILTER,
	ACTION_CLEAR,
	ACTION_SORT,
	ACTION_SORT_LEFT,
	ACTION_SORT_RIGHT,
	ACTION_REVERSE,
	ACTION_FOLLOW,
	ACTION_PID,
	ACTION_TREE,
	ACTION_FREEZE,
	ACTION_TRACK,
	ACTION_FASTER,
	ACTION_SLOWER,
	ACTION_INTERVAL,
	ACTION_PROCESSES,
	ACTION_UNITS,
	ACTION_CONTAINERS,
	ACTION_SITES,
	ACTION_NEXT_VIEW,
	ACTION_INCIDENTS,
	ACTION_COLUMNS,
	ACTION_ZOOM_IN,
	ACTION_ZOOM_OUT,
	ACTION_MOUSE,
	ACTION_REFRESH,
	ACTION_HELP,
	ACTION_QUIT,
};

/* Where a key is meant. */
enum scope {
	SCOPE_LIST = 1,
	SCOPE_DETAIL = 2,
	SCOPE_BOTH = 3,
};

#define KEYS_MAX 4
#define KEYS_CONTROL(letter) ((letter)&0x1f)

struct key_binding {
	int keys[KEYS_MAX]; /* of curses; 0: no more */
	const char *shown;  /* how they are called */
	enum action action;
	enum scope scope;
	const char *help;
};

extern const struct key_binding key_bindings[];
extern const size_t key_binding_count;

enum action key_action(int key, enum scope scope);

#endif
