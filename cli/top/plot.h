/* SPDX-License-Identifier: BSD-2-Clause */
/* A process's descriptors over time, the limit and the cone of the forecast, in characters. */
#ifndef FDWATCH_TOP_PLOT_H
#define FDWATCH_TOP_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plot_point {
	double t; /* seconds, rising */
	double fds;
};

/* What is drawn. NAN: unknown. */
struct plot {
	const struct plot_point *points;
	size_t count;
	double limit;          /* NAN: none */
	double eta, low, high; /* seconds from the last point; a high of NAN: no end in sight */
	double growth;         /* a second */
	double span;           /* seconds of the past that are shown; 0: all */
	bool utf8;
};

enum plot_tone {
	PLOT_BLANK,
	PLOT_AXIS,
	PLOT_PAST,
	PLOT_CONE,
	PLOT_MIDDLE,
	PLOT_LIMIT,
};

struct plot_cell {
	uint32_t glyph; /* a code point */
	enum plot_tone tone;
};

/* Why nothing can be drawn, in a few words; NULL where it can. */
const char *plot_lacks(const struct plot *plot, size_t width, size_t height);

/* Fills `cells`, width * height, row by row from the top. Too small a plot stays blank. */
void plot_draw(const struct plot *plot, struct plot_cell *cells, size_t width, size_t height);

#endif
