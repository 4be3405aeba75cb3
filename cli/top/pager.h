/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of text that are scrolled and searched. */
#ifndef FDWATCH_TOP_PAGER_H
#define FDWATCH_TOP_PAGER_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"
#include "top/cursor.h"

#define PAGER_FIND_SIZE 64

struct page_line {
	size_t start; /* in text */
	size_t length;
};

/* What a line stands for. */
struct page_mark {
	uint64_t key;     /* tells it from others, in this text and the next; 0: it is only text */
	uint64_t subject; /* the caller's */
};

/* All zero is an empty one. */
struct pager {
	char *text; /* safe to show */
	struct page_line *all;
	size_t total;
	size_t *shown; /* of them, those that are searched for */
	size_t count;
	size_t headings;         /* the first lines, which stay where they are */
	struct page_mark *marks; /* of all lines; NULL: none is marked */
	char find[PAGER_FIND_SIZE];
	struct cursor cursor;
	bool failed;
};

void pager_free(struct pager *pager);

/*
 * Takes over text of `length` bytes (malloc()), whose first lines are headings. Where one was
 * looking at stays.
 */
void pager_take(struct pager *pager, char *text, size_t length, size_t headings);

/* The same with what a table prints at this width. */
void pager_take_table(struct pager *pager, const struct table *table, size_t width,
		      size_t headings);

/*
 * Takes over what the lines of the text just taken stand for (calloc(), one for each line, or
 * NULL). The selection stays with what it stood for, and begins on the first that stands for
 * something.
 */
void pager_mark(struct pager *pager, struct page_mark *marks);

/* The mark of the selected line, NULL where it has none. */
const struct page_mark *pager_marked(const struct pager *pager);

/* Finds anew, after pager.find or the window has changed; `page` lines stand below the headings. */
void pager_update(struct pager *pager, size_t page);

/* A line that is shown, or a heading. */
const char *pager_line(const struct pager *pager, size_t line, size_t *length);
const char *pager_heading(const struct pager *pager, size_t line, size_t *length);

#endif
