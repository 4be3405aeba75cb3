/* SPDX-License-Identifier: BSD-2-Clause */
/* One process: its past, its kinds, its call sites, its descriptors, its incidents. */
#ifndef FDWATCH_TOP_DETAIL_H
#define FDWATCH_TOP_DETAIL_H

#include <jansson.h>

#include "top/fetch.h"
#include "top/pager.h"
#include "top/plot.h"

#define DETAIL_POINTS 8192
#define DETAIL_AGE_SIZE 48

enum tab {
	TAB_OVERVIEW,
	TAB_PLOT,
	TAB_SITES,
	TAB_DESCRIPTORS,
	TAB_INCIDENTS,
	TAB_COUNT,
};

struct detail {
	int32_t pid;
	uint64_t start_time; /* 0: as it comes */
	enum tab tab;
	long status; /* of HTTP; 0: no answer yet */
	bool ended;
	char ended_clock[16]; /* "12:03:01", when that was seen */
	json_t *process;      /* NULL before the first answer */
	double sites_at;      /* the poll that its call sites are of, */
	bool sites_kept;      /* where the last answer has none any more */
	struct table *descriptors;
	struct pager pages[TAB_COUNT]; /* of the tabs that are text */
	size_t width;                  /* that they are made for */
	struct plot_point *points;
	size_t count;
	double opened_at; /* the poll of then */
	double told_at;   /* the last poll that points has */
	double span;      /* seconds that are plotted; 0: all */
};

void detail_open(struct detail *detail, const struct row *row, double polled);
void detail_close(struct detail *detail);

/* Takes over what a round has found. */
void detail_take(struct detail *detail, struct news *news);

/* The count at a poll, as the list has it. `row` NULL: it is gone. */
void detail_look(struct detail *detail, const struct row *row, double polled);

/* What the daemon remembers: the member "past" of its answer. */
void detail_take_past(struct detail *detail, const json_t *past);

/* Makes the text pages for a window of this width. */
void detail_render(struct detail *detail, size_t width, json_t *incidents, long incidents_status,
		   json_t *alarms);

/* How old its call sites are, "" where they are of now: "as of 12s ago". */
const char *detail_sites_age(const struct detail *detail, char *text, size_t size);

const char *detail_tab_name(enum tab tab);

#endif
