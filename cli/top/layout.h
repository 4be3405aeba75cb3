/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the list's columns stand, and which are left out where room lacks. Knows no terminal. */
#ifndef FDWATCH_TOP_LAYOUT_H
#define FDWATCH_TOP_LAYOUT_H

#include "top/settings.h"
#include "top/view.h"

struct place {
	enum column_id id;
	int x;
	int width;
};

/*
 * At most COLUMN_COUNT places in `width` cells, for the view that is shown. What is missed least
 * goes first; who it is, when its end comes and its state go last. Returns how many.
 */
size_t layout_make(const struct view *view, const struct settings *settings, int width,
		   struct place *places);

#endif
