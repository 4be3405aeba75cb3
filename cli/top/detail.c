// SPDX-License-Identifier: BSD-2-Clause
#include "top/detail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top/sites.h"

static const char *const tab_names[TAB_COUNT] = {
	[TAB_OVERVIEW] = "Overview",   [TAB_PLOT] = "Plot",
	[TAB_SITES] = "Call sites",    [TAB_DESCRIPTORS] = "Descriptors",
	[TAB_INCIDENTS] = "Incidents",
};

const char *detail_tab_name(enum tab tab)
{
	return tab_names[tab];
}

void detail_close(struct detail *detail)
{
	json_decref(detail->process);
	table_free(detail->descriptors);
	for (enum tab tab = 0; tab < TAB_COUNT; tab++)
		pager_free(&detail->pages[tab]);
	free(detail->points);
	*detail = (struct detail){0};
}

static void add_point(struct detail *detail, double t, double fds)
{
	if (!detail->points) {
		detail->points = calloc(DETAIL_POINTS, sizeof(*detail->points));
		if (!detail->points)
			return;
	}
	/* Of a long past every other point goes: its shape stays. */
	if (detail->count == DETAIL_POINTS) {
		for (size_t i = 0; i < DETAIL_POINTS / 2; i++)
			detail->points[i] = detail->points[2 * i];
		detail->count = DETAIL_POINTS / 2;
	}
	if (detail->count > 0 && detail->points[detail->count - 1].t >= t)
		return;
	detail->points[detail->count++] = (struct plot_point){.t = t, .fds = fds};
}

void detail_open(struct detail *detail, const struct row *row, double polled)
{
	const struct past *past = row->past;

	detail_close(detail);
	detail->pid = row->pid;
	detail->start_time = row->start_time;
	/* What the list has seen: a look a second or so, until the daemon tells better. */
	for (size_t i = 0; past && i + 1 < past->count; i++)
		add_point(detail, polled - (double)(past->count - 1 - i), past->values[i]);
	detail_look(detail, row, polled);
}

void detail_look(struct detail *detail, const struct row *row, double polled)
{
	detail->ended = !row || (detail->start_time && row->start_time != detail->start_time);
	if (detail->ended || polled <= detail->told_at)
		return;
	detail->start_time = row->start_time;
	detail->told_at = polled;
	add_point(detail, polled, row->fds);
}

/* "t,live,…": the two numbers of a line; false where they are none. */
static bool read_sample(const char *line, struct plot_point *point)
{
	char *end;

	point->t = strtod(line, &end);
	if (end == line || *end != ',')
		return false;
	line = end + 1;
	point->fds = strtod(line, &end);
	return end != line && isfinite(point->t) && point->fds >= 0 && point->fds < 1e12;
}

/*
 * Its clock has any origin: the last line is of the last poll. What this client has seen since it
 * was opened stays where the daemon's memory is coarser.
 */
size_t detail_take_samples(struct detail *detail, const char *csv)
{
	struct plot_point *points = calloc(DETAIL_POINTS, sizeof(*points));
	double end = detail->count > 0 ? detail->points[detail->count - 1].t : 0;
	size_t count = 0;

	if (!points)
		return 0;
	for (const char *line = strchr(csv, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		struct plot_point point;

		if (!read_sample(line + 1, &point) || (count > 0 && point.t <= points[count - 1].t))
			continue;
		if (count == DETAIL_POINTS) {
			for (size_t i = 0; i < DETAIL_POINTS / 2; i++)
				points[i] = points[2 * i];
			count = DETAIL_POINTS / 2;
		}
		points[count++] = point;
	}
	for (size_t i = 0; count > 0 && end > 0 && i + 1 < count; i++)
		points[i].t += end - points[count - 1].t;
	if (count > 0 && end > 0)
		points[count - 1].t = end;
	if (count < 2 || count < detail->count / 4) {
		free(points);
		return 0;
	}
	free(detail->points);
	detail->points = points;
	detail->count = count;
	return count;
}

void detail_take(struct detail *detail, struct news *news)
{
	if (!detail->pid || news->pid != detail->pid)
		return;
	detail->status = news->detail_status;
	if (news->detail) {
		json_decref(detail->process);
		table_free(detail->descriptors);
		detail->process = news->detail;
		detail->descriptors = news->descriptors;
		news->detail = NULL;
		news->descriptors = NULL;
	}
	if (news->samples)
		detail_take_samples(detail, news->samples);
	detail->width = 0; /* the pages are of before */
}

void detail_render(struct detail *detail, size_t width, json_t *incidents, long incidents_status,
		   json_t *alarms)
{
	const json_t *sites = json_object_get(detail->process, "sites");

	if (detail->width == width)
		return;
	detail->width = width;
	if (detail->descriptors)
		pager_take_table(&detail->pages[TAB_DESCRIPTORS], detail->descriptors, width, 1);
	sites_page(&detail->pages[TAB_SITES], sites);
	detail_incidents(&detail->pages[TAB_INCIDENTS], incidents, incidents_status, alarms,
			 detail->pid, width);
}
