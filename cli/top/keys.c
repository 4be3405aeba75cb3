// SPDX-License-Identifier: BSD-2-Clause
#include "top/keys.h"

#include <curses.h>

#define ESCAPE 27
#define DELETE 127

/* clang-format off */
const struct key_binding key_bindings[] = {
	{{KEY_UP, 'k'}, "Up k", ACTION_UP, SCOPE_BOTH, "a line up"},
	{{KEY_DOWN, 'j'}, "Down j", ACTION_DOWN, SCOPE_BOTH, "a line down"},
	{{KEY_PPAGE, KEYS_CONTROL('b')}, "PgUp ^B", ACTION_PAGE_UP, SCOPE_BOTH, "a page up"},
	{{KEY_NPAGE, KEYS_CONTROL('f')}, "PgDn ^F", ACTION_PAGE_DOWN, SCOPE_BOTH, "a page down"},
	{{KEY_HOME, 'g'}, "Home g", ACTION_HOME, SCOPE_BOTH,
	 "the first line, and stay there: the most endangered"},
	{{KEY_END, 'G'}, "End G", ACTION_END, SCOPE_BOTH, "the last line"},
	{{KEY_ENTER, '\n', '\r'}, "Enter", ACTION_OPEN, SCOPE_LIST,
	 "open the process; of a group, its most endangered"},
	{{KEY_ENTER, '\n', '\r'}, "Enter", ACTION_OPEN_INCIDENT, SCOPE_DETAIL,
	 "open the incident of the line; from there its process"},
	{{ESCAPE, KEY_BACKSPACE, DELETE, 'q'}, "Esc BkSp q", ACTION_BACK, SCOPE_DETAIL, "back"},
	{{'\t', KEY_RIGHT}, "Tab Right", ACTION_NEXT_TAB, SCOPE_DETAIL,
	 "the next page; 1 to 5 choose one"},
	{{KEY_BTAB, KEY_LEFT}, "S-Tab Left", ACTION_PREVIOUS_TAB, SCOPE_DETAIL,
	 "the page before"},
	{{'/', KEY_F(3), KEY_F(4)}, "/ F3 F4", ACTION_FILTER, SCOPE_BOTH,
	 "filter as you type: Enter keeps it, Esc clears it"},
	{{ESCAPE}, "Esc", ACTION_CLEAR, SCOPE_LIST, "clear the filter, then follow no more"},
	{{'s', KEY_F(6)}, "s F6", ACTION_SORT, SCOPE_LIST, "choose what to sort by"},
	{{'<', ','}, "< ,", ACTION_SORT_LEFT, SCOPE_LIST, "sort by the column to the left"},
	{{'>', '.'}, "> .", ACTION_SORT_RIGHT, SCOPE_LIST, "sort by the column to the right"},
	{{'r', 'I'}, "r I", ACTION_REVERSE, SCOPE_LIST, "reverse the order"},
	{{'F', 'f'}, "f F", ACTION_FOLLOW, SCOPE_LIST,
	 "follow the process: kept in view, and told when it ends"},
	{{'P'}, "P 0-9", ACTION_PID, SCOPE_LIST, "go to a pid"},
	{{'t', KEY_F(5)}, "t F5", ACTION_TREE, SCOPE_LIST, "as a tree"},
	{{'z', ' '}, "z Space", ACTION_FREEZE, SCOPE_BOTH, "freeze, and go on"},
	{{'T', KEY_F(9)}, "T F9", ACTION_TRACK, SCOPE_BOTH,
	 "Track or Untrack, as the last line says: follow where every descriptor is opened"},
	{{'+', '='}, "+ =", ACTION_FASTER, SCOPE_BOTH, "look more often"},
	{{'-'}, "-", ACTION_SLOWER, SCOPE_BOTH, "look less often"},
	{{'d'}, "d", ACTION_INTERVAL, SCOPE_BOTH, "seconds between looks"},
	{{'p'}, "p", ACTION_PROCESSES, SCOPE_LIST, "show processes"},
	{{'u'}, "u", ACTION_UNITS, SCOPE_LIST, "show systemd units"},
	{{'c'}, "c", ACTION_CONTAINERS, SCOPE_LIST, "show containers"},
	{{'l'}, "l", ACTION_SITES, SCOPE_LIST, "show call sites: where it leaks"},
	{{'v', '\t'}, "v Tab", ACTION_NEXT_VIEW, SCOPE_LIST, "the next of these"},
	{{'i'}, "i", ACTION_INCIDENTS, SCOPE_LIST, "show incidents and alarms; Enter opens one"},
	{{'o', KEY_F(2)}, "o F2", ACTION_COLUMNS, SCOPE_LIST,
	 "choose, order and size the columns"},
	{{']'}, "]", ACTION_ZOOM_IN, SCOPE_DETAIL, "plot less of the past"},
	{{'['}, "[", ACTION_ZOOM_OUT, SCOPE_DETAIL, "plot more of the past"},
	{{'m'}, "m", ACTION_MOUSE, SCOPE_BOTH,
	 "leave the mouse to the terminal, or take it"},
	{{KEYS_CONTROL('l'), 'R', KEY_F(7)}, "^L R F7", ACTION_REFRESH, SCOPE_BOTH,
	 "draw anew and look now"},
	{{'?', 'h', KEY_F(1)}, "? h F1", ACTION_HELP, SCOPE_BOTH, "this help"},
	{{'q', KEY_F(10)}, "q F10 ^C", ACTION_QUIT, SCOPE_LIST, "quit"},
	{{KEY_F(10)}, "F10", ACTION_QUIT, SCOPE_DETAIL, "quit"},
};
/* clang-format on */

const size_t key_binding_count = sizeof(key_bindings) / sizeof(key_bindings[0]);

enum action key_action(int key, enum scope scope)
{
	for (size_t i = 0; i < key_binding_count; i++) {
		if (!(key_bindings[i].scope & scope))
			continue;
		for (size_t j = 0; j < KEYS_MAX && key_bindings[i].keys[j]; j++)
			if (key_bindings[i].keys[j] == key)
				return key_bindings[i].action;
	}
	return ACTION_NONE;
}
