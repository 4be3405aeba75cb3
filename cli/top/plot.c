// SPDX-License-Identifier: BSD-2-Clause
#include "top/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "top/column.h"

#define LABEL_WIDTH 7 /* of the counts on the left, a blank behind them */
#define WIDTH_MIN 20
#define HEIGHT_MIN 4
#define FUTURE_MOST 2.0 /* times the past: so the line's slope stays to be seen, */
#define FUTURE_NEAR 8.0 /* but for a crossing that comes so soon */

/* Dots of a braille character, by column and row. */
static const uint8_t braille[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

struct canvas {
	const struct plot *plot;
	struct plot_cell *cells;
	size_t width, height; /* of all */
	size_t left;          /* where the area begins */
	size_t columns, rows; /* of the area */
	double begin, now, end;
	double top;  /* the count at the area's upper edge */
	bool broken; /* the limit lies far above, beyond a gap */
};

static struct plot_cell *cell_at(struct canvas *canvas, size_t column, size_t row)
{
	return &canvas->cells[row * canvas->width + canvas->left + column];
}

static void put_text(struct canvas *canvas, size_t column, size_t row, const char *text,
		     enum plot_tone tone)
{
	for (size_t i = 0; text[i] && column + i < canvas->width; i++)
		canvas->cells[row * canvas->width + column + i] =
			(struct plot_cell){.glyph = (unsigned char)text[i], .tone = tone};
}

/* Dots are twice as many as columns and four times as many as rows; in ASCII one a character. */
static void put_dot(struct canvas *canvas, long x, long y, enum plot_tone tone)
{
	static const char ascii[] = {
		[PLOT_PAST] = '*', [PLOT_CONE] = '.', [PLOT_MIDDLE] = '+', [PLOT_LIMIT] = '-'};
	bool utf8 = canvas->plot->utf8;
	size_t column = (size_t)(utf8 ? x / 2 : x);
	size_t row = (size_t)(utf8 ? y / 4 : y);
	struct plot_cell *cell;

	if (x < 0 || y < 0 || column >= canvas->columns || row >= canvas->rows)
		return;
	cell = cell_at(canvas, column, row);
	if (cell->tone == PLOT_LIMIT && tone != PLOT_PAST)
		return;
	if (!utf8) {
		if (tone == PLOT_PAST || cell->tone != PLOT_PAST)
			*cell = (struct plot_cell){(uint32_t)ascii[tone], tone};
		return;
	}
	if (cell->glyph < 0x2800 || cell->glyph > 0x28ff || cell->tone == PLOT_LIMIT)
		*cell = (struct plot_cell){0x2800, tone};
	cell->glyph |= braille[x % 2][y % 4];
	if (cell->tone == PLOT_CONE || tone == PLOT_PAST)
		cell->tone = tone;
}

static long dots_across(const struct canvas *canvas)
{
	return (long)canvas->columns * (canvas->plot->utf8 ? 2 : 1);
}

static long dots_down(const struct canvas *canvas)
{
	return (long)canvas->rows * (canvas->plot->utf8 ? 4 : 1);
}

static double time_at(const struct canvas *canvas, long x)
{
	return canvas->begin +
	       (canvas->end - canvas->begin) * (double)x / (double)(dots_across(canvas) - 1);
}

/* The dot for a count; those beyond the edges are outside. */
static long dot_of(const struct canvas *canvas, double fds)
{
	double most = (double)(dots_down(canvas) - 1);
	double y = most - most * fds / canvas->top;

	if (!(y >= -1)) /* beyond the upper edge, or no number */
		return -1;
	return y > most + 1 ? (long)most + 1 : lround(y);
}

static size_t row_of(const struct canvas *canvas, long dot)
{
	return (size_t)(canvas->plot->utf8 ? dot / 4 : dot);
}

/* The count at a time: that of the last point before it. */
static double past_at(const struct plot *plot, double t)
{
	size_t low = 0;
	size_t high = plot->count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (plot->points[middle].t <= t)
			low = middle;
		else
			high = middle;
	}
	return plot->points[low].fds;
}

static double last_fds(const struct plot *plot)
{
	return plot->points[plot->count - 1].fds;
}

/* The count that a straight way to the limit after `eta` seconds has reached after `t`. */
static double way_at(const struct plot *plot, double eta, double t)
{
	double now = last_fds(plot);

	if (isnan(eta))
		return now;
	if (eta <= 0)
		return plot->limit;
	return fmin(now + (plot->limit - now) * t / eta, plot->limit);
}

static bool has_forecast(const struct plot *plot)
{
	return isfinite(plot->limit) && (isfinite(plot->eta) || isfinite(plot->low));
}

static double future_of(const struct plot *plot, double past)
{
	double want = isfinite(plot->high)  ? plot->high * 1.1
		      : isfinite(plot->eta) ? plot->eta * 1.5
					    : plot->low * 2;
	double crossing = (isfinite(plot->eta) ? plot->eta : plot->low) * 1.1;
	double most = past * FUTURE_MOST;

	if (!has_forecast(plot) || plot->eta <= 0)
		return 0;
	if (crossing > most && crossing <= past * FUTURE_NEAR)
		most = crossing;
	return fmin(fmax(want, past / 4), most);
}

/* The most that is to be seen, without the limit. */
static double highest(const struct canvas *canvas)
{
	const struct plot *plot = canvas->plot;
	double most = last_fds(plot);

	for (size_t i = 0; i < plot->count; i++)
		if (plot->points[i].t >= canvas->begin && plot->points[i].fds > most)
			most = plot->points[i].fds;
	if (has_forecast(plot))
		most = fmax(most, way_at(plot, isfinite(plot->low) ? plot->low : plot->eta,
					 canvas->end - canvas->now));
	return most;
}

/* The next of 1, 2, 5, 10, … that holds it. */
static double round_up(double most)
{
	double unit = pow(10, floor(log10(fmax(most, 1))));

	return unit * (most <= unit ? 1 : most <= unit * 2 ? 2 : most <= unit * 5 ? 5 : 10);
}

static void set_scale(struct canvas *canvas)
{
	const struct plot *plot = canvas->plot;
	double past = plot->points[plot->count - 1].t - plot->points[0].t;
	double most;

	if (plot->span > 0)
		past = plot->span;
	past = fmax(past, 1);
	canvas->now = plot->points[plot->count - 1].t;
	canvas->begin = canvas->now - past;
	canvas->end = canvas->now + future_of(plot, past);
	most = highest(canvas);
	canvas->broken = isfinite(plot->limit) && most < plot->limit / 4;
	if (isfinite(plot->limit) && !canvas->broken)
		canvas->top = fmax(most, plot->limit) * 1.02;
	else
		canvas->top = round_up(most * 1.1) * (canvas->broken ? 1.15 : 1);
}

/* `rows` where it is not to be seen. */
static size_t limit_row(const struct canvas *canvas)
{
	long y = canvas->broken ? 0 : dot_of(canvas, canvas->plot->limit);

	if (!isfinite(canvas->plot->limit) || y < 0)
		return canvas->rows;
	return row_of(canvas, y);
}

static void draw_limit(struct canvas *canvas)
{
	const struct plot *plot = canvas->plot;
	size_t row = limit_row(canvas);

	for (size_t i = 0; row < canvas->rows && i < canvas->columns; i++)
		*cell_at(canvas, i, row) =
			(struct plot_cell){plot->utf8 ? 0x2500 : '-', PLOT_LIMIT};
}

/* Over what is drawn: a process at its limit would hide it. */
static void name_limit(struct canvas *canvas)
{
	const struct plot *plot = canvas->plot;
	size_t row = limit_row(canvas);
	char number[16];
	char label[32];

	if (row >= canvas->rows)
		return;
	snprintf(label, sizeof(label), canvas->broken ? " limit %s, far above " : " limit %s ",
		 column_short(plot->limit, number, sizeof(number)));
	put_text(canvas, canvas->left + 2, row, label, PLOT_LIMIT);
}

static void draw_past(struct canvas *canvas)
{
	long before = -1;

	for (long x = 0; x < dots_across(canvas); x++) {
		double t = time_at(canvas, x);
		long y;

		if (t < canvas->plot->points[0].t || t > canvas->now)
			continue;
		y = dot_of(canvas, past_at(canvas->plot, t));
		put_dot(canvas, x, y, PLOT_PAST);
		for (long i = y + 1; before >= 0 && i < before; i++)
			put_dot(canvas, x, i, PLOT_PAST);
		for (long i = before + 1; before >= 0 && i < y; i++)
			put_dot(canvas, x, i, PLOT_PAST);
		before = y;
	}
}

/* Between the earliest and the latest end that are likely, thinly; in its middle the likeliest. */
static void draw_cone(struct canvas *canvas)
{
	const struct plot *plot = canvas->plot;
	long thin = plot->utf8 ? 3 : 2;

	if (!has_forecast(plot))
		return;
	for (long x = 0; x < dots_across(canvas); x++) {
		double t = time_at(canvas, x) - canvas->now;
		long high = dot_of(canvas, way_at(plot, plot->low, t));
		long low = dot_of(canvas, way_at(plot, plot->high, t));

		if (t <= 0)
			continue;
		for (long y = high; y <= low; y++)
			if (y == high || y == low || (x + y) % thin == 0)
				put_dot(canvas, x, y, PLOT_CONE);
	}
	for (long x = 0; isfinite(plot->eta) && x < dots_across(canvas); x++) {
		double t = time_at(canvas, x) - canvas->now;

		if (t > 0 && t <= plot->eta)
			put_dot(canvas, x, dot_of(canvas, way_at(plot, plot->eta, t)), PLOT_MIDDLE);
	}
}

/* Round counts, not too near each other, where they lie. */
static void draw_counts(struct canvas *canvas)
{
	double apart = canvas->rows > 8 ? 3 : 2; /* rows, at least */
	double step = round_up(canvas->top * apart / (double)canvas->rows);
	double most = canvas->broken ? canvas->top * 0.9 : canvas->top;

	for (size_t i = 0; i <= canvas->rows && (double)i * step <= most; i++) {
		double count = (double)i * step;
		size_t row = row_of(canvas, dot_of(canvas, count));
		char number[16];
		char label[32];

		snprintf(label, sizeof(label), "%6s", column_short(count, number, sizeof(number)));
		if (row < canvas->rows)
			put_text(canvas, 0, row, label, PLOT_AXIS);
	}
}

static void put_time(struct canvas *canvas, double t, const char *text)
{
	double part = (t - canvas->begin) / (canvas->end - canvas->begin);
	size_t length = strlen(text);
	size_t at = canvas->left + (size_t)(part * (double)(canvas->columns - 1));

	at = at > length / 2 ? at - length / 2 : 0;
	if (at < canvas->left)
		at = canvas->left;
	if (at + length > canvas->width)
		at = canvas->width - length;
	put_text(canvas, at, canvas->rows, text, PLOT_AXIS);
}

static void draw_times(struct canvas *canvas)
{
	char text[FORMAT_SIZE];
	char label[FORMAT_SIZE + 2];

	snprintf(label, sizeof(label), "-%s", format_duration(canvas->now - canvas->begin, text));
	put_time(canvas, canvas->begin, label);
	if (canvas->end > canvas->now) {
		snprintf(label, sizeof(label), "+%s",
			 format_duration(canvas->end - canvas->now, text));
		put_time(canvas, canvas->end, label);
	}
	put_time(canvas, canvas->now, "now");
}

const char *plot_lacks(const struct plot *plot, size_t width, size_t height)
{
	if (plot->count == 0)
		return "No count of it is known yet.";
	return width < WIDTH_MIN || height < HEIGHT_MIN ? "No room for a plot." : NULL;
}

void plot_draw(const struct plot *plot, struct plot_cell *cells, size_t width, size_t height)
{
	struct canvas canvas = {
		.plot = plot,
		.cells = cells,
		.width = width,
		.height = height,
		.left = LABEL_WIDTH,
	};

	for (size_t i = 0; i < width * height; i++)
		cells[i] = (struct plot_cell){' ', PLOT_BLANK};
	if (plot_lacks(plot, width, height))
		return;
	canvas.columns = width - LABEL_WIDTH;
	canvas.rows = height - 1;
	set_scale(&canvas);
	draw_limit(&canvas);
	draw_cone(&canvas);
	draw_past(&canvas);
	name_limit(&canvas);
	draw_counts(&canvas);
	draw_times(&canvas);
}
