/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files that act on keys. */
#ifndef FDWATCH_TOP_ACT_H
#define FDWATCH_TOP_ACT_H

#include "top/app.h"

void act_view(struct app *app, enum view_kind view);
void act_incidents(struct app *app);
void act_interval(struct app *app, double seconds);

/* What is typed begins with `text`. */
void prompt_open(struct app *app, enum prompt prompt, const char *text);
void prompt_key(struct app *app, int key);

void menu_key(struct app *app, int key);

/* Puts the columns that are not shown behind those that are. */
void menu_complete(struct app *app);

void mouse_act(struct app *app);

/* From the table of keys, and the columns. */
void help_make(struct pager *pager);

#endif
