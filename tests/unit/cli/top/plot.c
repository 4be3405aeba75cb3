// SPDX-License-Identifier: BSD-2-Clause
#include "top/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define WIDTH 60
#define HEIGHT 20
#define POINTS 100

static struct plot_point points[POINTS];

/* A line from 0 to 100 in 99 seconds, on its way to a limit of 200. */
static struct plot leaking(void)
{
	for (size_t i = 0; i < POINTS; i++)
		points[i] = (struct plot_point){.t = 1000 + (double)i, .fds = (double)i + 1};
	return (struct plot){
		.points = points,
		.count = POINTS,
		.limit = 200,
		.eta = 100,
		.low = 80,
		.high = 150,
		.growth = 1,
	};
}

static size_t count(const struct plot_cell *cells, enum plot_tone tone, size_t from, size_t to)
{
	size_t found = 0;

	for (size_t y = 0; y < HEIGHT; y++)
		for (size_t x = from; x < to; x++)
			found += cells[y * WIDTH + x].tone == tone;
	return found;
}

static void row_text(const struct plot_cell *cells, size_t y, char *text)
{
	for (size_t x = 0; x < WIDTH; x++)
		text[x] = cells[y * WIDTH + x].glyph < 128 ? (char)cells[y * WIDTH + x].glyph : '?';
	text[WIDTH] = '\0';
}

static void past_limit_and_cone_are_drawn(void **state)
{
	struct plot_cell cells[WIDTH * HEIGHT];
	struct plot plot = leaking();
	char text[WIDTH + 1];

	(void)state;
	for (int utf8 = 0; utf8 < 2; utf8++) {
		plot.utf8 = utf8;
		plot_draw(&plot, cells, WIDTH, HEIGHT);
		row_text(cells, 0, text);
		assert_non_null(strstr(text, "limit 200"));
		assert_true(count(cells, PLOT_LIMIT, 7, WIDTH) > 40);
		/* the past at the left, the cone at the right of now */
		assert_true(count(cells, PLOT_PAST, 7, 27) > 10);
		assert_int_equal(count(cells, PLOT_PAST, 35, WIDTH), 0);
		assert_int_equal(count(cells, PLOT_CONE, 7, 24), 0);
		assert_true(count(cells, PLOT_CONE, 27, WIDTH) > 30);
		assert_true(count(cells, PLOT_MIDDLE, 27, WIDTH) > 5);
		row_text(cells, HEIGHT - 1, text);
		assert_non_null(strstr(text, "-1m39s"));
		assert_non_null(strstr(text, "now"));
		assert_non_null(strstr(text, "+2m45s"));
		for (size_t i = 0; i < WIDTH * HEIGHT; i++)
			assert_true(utf8 || (cells[i].glyph >= ' ' && cells[i].glyph < 127));
	}
}

static void without_a_forecast_there_is_no_cone(void **state)
{
	struct plot_cell cells[WIDTH * HEIGHT];
	struct plot plot = leaking();
	char text[WIDTH + 1];

	(void)state;
	plot.eta = plot.low = plot.high = NAN;
	plot_draw(&plot, cells, WIDTH, HEIGHT);
	assert_int_equal(count(cells, PLOT_CONE, 0, WIDTH), 0);
	assert_true(count(cells, PLOT_PAST, 40, WIDTH) > 5);
	row_text(cells, HEIGHT - 1, text);
	assert_null(strchr(text, '+'));
}

/* A process far from its limit is not a line at the bottom. */
static void a_limit_far_above_is_told(void **state)
{
	struct plot_cell cells[WIDTH * HEIGHT];
	struct plot plot = leaking();
	char text[WIDTH + 1];

	(void)state;
	plot.limit = 1048576;
	plot.eta = plot.low = plot.high = NAN;
	plot_draw(&plot, cells, WIDTH, HEIGHT);
	row_text(cells, 0, text);
	assert_non_null(strstr(text, "limit 1.05M, far above"));
	assert_true(count(cells, PLOT_PAST, 7, WIDTH) > 40);
}

/* Whatever is asked: nothing is drawn outside, and nothing breaks. */
static void odd_plots_do_no_harm(void **state)
{
	static const double odd[] = {NAN, INFINITY, -5, 0, 1e-9, 1, 1e18};
	size_t kinds = sizeof(odd) / sizeof(odd[0]);
	struct plot plot = leaking();

	(void)state;
	for (size_t i = 0; i < kinds * kinds * kinds; i++) {
		size_t width = 1 + i % 90;
		size_t height = 1 + i % 30;
		struct plot_cell *cells = calloc(width * height, sizeof(*cells));

		plot.limit = odd[i % kinds];
		plot.eta = odd[i / kinds % kinds];
		plot.low = odd[i / kinds / kinds];
		plot.high = odd[(i + 3) % kinds];
		plot.span = i % 2 ? 30 : 0;
		plot.count = i % 5 ? POINTS : i % 3;
		plot.utf8 = i % 2;
		points[POINTS - 1].fds = i % 7 ? 100 : 1.7e308;
		plot_draw(&plot, cells, width, height);
		free(cells);
	}
}

/* The axis reaches a crossing that is near, however short the past is that was seen. */
static void a_near_crossing_is_on_the_axis(void **state)
{
	static const struct {
		double eta;
		const char *end;
	} cases[] = {{100, "+2m45s"}, {500, "+9m"}, {700, "+12m"}, {5000, "+3m18s"}};
	struct plot_cell cells[WIDTH * HEIGHT];
	char text[WIDTH + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plot plot = leaking();

		plot.eta = cases[i].eta;
		plot.low = plot.eta * 0.8;
		plot.high = plot.eta * 1.5;
		plot_draw(&plot, cells, WIDTH, HEIGHT);
		row_text(cells, HEIGHT - 1, text);
		if (!strstr(text, cases[i].end))
			fail_msg("no %s in %s", cases[i].end, text);
	}
}

static void what_lacks_is_said(void **state)
{
	struct plot plot = leaking();

	(void)state;
	assert_null(plot_lacks(&plot, WIDTH, HEIGHT));
	assert_non_null(strstr(plot_lacks(&plot, 10, HEIGHT), "room"));
	assert_non_null(strstr(plot_lacks(&plot, WIDTH, 2), "room"));
	plot.count = 0;
	assert_non_null(strstr(plot_lacks(&plot, WIDTH, HEIGHT), "known"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(past_limit_and_cone_are_drawn),
		cmocka_unit_test(without_a_forecast_there_is_no_cone),
		cmocka_unit_test(a_limit_far_above_is_told),
		cmocka_unit_test(odd_plots_do_no_harm),
		cmocka_unit_test(a_near_crossing_is_on_the_axis),
		cmocka_unit_test(what_lacks_is_said),
	};

	return RUN_TESTS(tests);
}
