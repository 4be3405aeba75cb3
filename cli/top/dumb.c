// SPDX-License-Identifier: BSD-2-Clause
/* Apart, for term.h defines hundreds of ordinary words. */
#include "top/dumb.h"

#include <curses.h>
#include <stddef.h>
#include <term.h>
#include <unistd.h>

bool dumb_terminal(void)
{
	const char *move;
	bool dumb;
	int known;

	if (setupterm(NULL, STDOUT_FILENO, &known) != OK)
		return false;
	move = tigetstr("cup");
	dumb = !move || move == (char *)-1;
	del_curterm(cur_term);
	return dumb;
}
