/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the screen. */
#ifndef FDWATCH_TOP_DRAW_H
#define FDWATCH_TOP_DRAW_H

#include "top/app.h"
#include "top/layout.h"

/* Lines at the top of a screen so high. */
int draw_header_lines(int height);
void draw_header(struct app *app);

void draw_list(struct app *app);
void draw_detail(struct app *app);
void draw_help(struct app *app);
void draw_incidents(struct app *app);
void draw_story(struct app *app);
void draw_sort_menu(struct app *app);
void draw_columns_menu(struct app *app);
void draw_pager(struct app *app, struct pager *pager, int y);

/* Where the pages of a process begin. */
int draw_detail_top(int height);

/* The last line: what is typed, what is said, or the keys. */
void draw_footer(struct app *app);

enum style display_state(enum state state);

#endif
