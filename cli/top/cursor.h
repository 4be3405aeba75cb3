/* SPDX-License-Identifier: BSD-2-Clause */
/* Which line of a list is selected, and which of them stand in the window. */
#ifndef FDWATCH_TOP_CURSOR_H
#define FDWATCH_TOP_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is on the first line. */
struct cursor {
	size_t at;    /* the selected line */
	size_t top;   /* the first in the window */
	size_t count; /* lines there are */
	size_t page;  /* lines the window has */
	/* What the user has chosen to stay on; before that, and at Home, it is the first line. */
	bool pinned;
	uint64_t id;
	uint64_t start_time;
};

/* The list has become another, or the window. Keeps `at` and `top` within. */
void cursor_fit(struct cursor *cursor, size_t count, size_t page);

/* Selects a line, scrolling as little as shows it; beyond an end is that end. */
void cursor_set(struct cursor *cursor, size_t line);
void cursor_move(struct cursor *cursor, long lines);

/* Moves the window and takes the selection along only as far as it must. */
void cursor_scroll(struct cursor *cursor, long lines);

#endif
