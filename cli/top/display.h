/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal through ncurses. Whatever is drawn is made safe and cut to its place first. */
#ifndef FDWATCH_TOP_DISPLAY_H
#define FDWATCH_TOP_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

/* What text means; how that looks is the terminal's matter, with colours and without. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,
	STYLE_STRONG,
	STYLE_TITLE,    /* names of what follows */
	STYLE_HEADINGS, /* of columns */
	STYLE_SORTED,   /* the heading that is sorted by */
	STYLE_SELECTED,
	STYLE_KEY,
	STYLE_GROWING,
	STYLE_WARNING,
	STYLE_CRITICAL,
	STYLE_EXHAUSTED,
	STYLE_BAR,
	STYLE_PAST,
	STYLE_CONE,
	STYLE_COUNT,
};

struct display {
	int width, height;
	bool open;
	bool utf8;   /* may show what is beyond ASCII */
	bool blocks; /* has parts of blocks and braille */
	bool colours;
	bool mouse;
};

/* Takes the terminal. False: it is of no known type. */
bool display_open(struct display *display, bool mouse);

/* Gives it back as it was; may be called at any time, and again. */
void display_close(struct display *display);

/* Takes it again after it was given back for a while, or another has drawn on it. */
void display_resume(struct display *display);

/* Looks how large it is now. */
void display_measure(struct display *display);
void display_take_mouse(struct display *display, bool take);

void display_begin(struct display *display);
void display_end(struct display *display);

/*
 * Each draws at most `width` columns and returns how many. Raw bytes are made safe; safe text is
 * taken as it is.
 */
int display_raw(struct display *display, int y, int x, int width, enum style style,
		const char *bytes, size_t length);
int display_safe(struct display *display, int y, int x, int width, enum style style,
		 const char *text, size_t length);
int display_string(struct display *display, int y, int x, int width, enum style style,
		   const char *string);
int display_format(struct display *display, int y, int x, int width, enum style style,
		   const char *format, ...) __attribute__((format(printf, 6, 7)));

/* To the right end of `width` columns. */
void display_right(struct display *display, int y, int x, int width, enum style style,
		   const char *string);

void display_fill(struct display *display, int y, int x, int width, enum style style);
void display_glyph(struct display *display, int y, int x, enum style style, uint32_t glyph);

/* `part` of `width` columns, 0 to 1. */
void display_bar(struct display *display, int y, int x, int width, enum style style, double part);

/* Levels from 0 to 1, one a column; less than 0 is left blank. */
void display_spark(struct display *display, int y, int x, enum style style, const double *levels,
		   size_t count);

enum style display_tone(enum tone tone);

#endif
