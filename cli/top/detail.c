// SPDX-License-Identifier: BSD-2-Clause
#include "top/detail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "top/incidents.h"
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
	detail->opened_at = polled;
	/* What the list has seen: a look a second or so, until the daemon tells better. */
	for (size_t i = 0; past && i + 1 < past->count; i++)
		add_point(detail, polled - (double)(past->count - 1 - i), past->values[i]);
	detail_look(detail, row, polled);
}

static void put_clock(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm local;

	if (!localtime_r(&now, &local) || strftime(text, size, "%H:%M:%S", &local) == 0)
		text[0] = '\0';
}

void detail_look(struct detail *detail, const struct row *row, double polled)
{
	bool ended = !row || (detail->start_time && row->start_time != detail->start_time);

	if (ended && !detail->ended)
		put_clock(detail->ended_clock, sizeof(detail->ended_clock));
	detail->ended = ended;
	if (detail->ended || polled <= detail->told_at)
		return;
	detail->start_time = row->start_time;
	detail->told_at = polled;
	add_point(detail, polled, row->fds);
}

/* A part of the time as two points: from its least to its most, or down from one to the other. */
static size_t put_part(struct plot_point *points, double from, double until, double least,
		       double most, bool falls)
{
	points[0] = (struct plot_point){.t = from, .fds = falls ? most : least};
	points[1] = (struct plot_point){.t = (from + until) / 2, .fds = falls ? least : most};
	return least == most ? 1 : 2;
}

/* What the daemon remembers of the time before `end`, on the clock of polls. Returns how many. */
static size_t read_past(const json_t *past, double polled, double end, struct plot_point *points,
			size_t most_points)
{
	double before = -1;
	size_t count = 0;
	json_t *part;
	size_t i;

	json_array_foreach (past, i, part) {
		const json_t *next = json_array_get(past, i + 1);
		double from = polled - json_number_value(json_object_get(part, "ago_seconds"));
		double until = polled - json_number_value(json_object_get(next, "ago_seconds"));
		double least = json_number_value(json_object_get(part, "least"));
		double most = json_number_value(json_object_get(part, "most"));

		if (!(from < end) || count + 2 > most_points)
			break;
		if (count > 0 && from <= points[count - 1].t)
			continue;
		until = next && until > from ? until : end;
		count += put_part(points + count, from, until < end ? until : end, least, most,
				  least + most < before);
		before = least + most;
	}
	return count;
}

/*
 * What this client has seen since it was opened stays; before that, the daemon's memory is longer
 * than the list's.
 */
void detail_take_past(struct detail *detail, const json_t *past)
{
	struct plot_point *points;
	size_t own = 0;
	size_t count;

	if (json_array_size(past) == 0 || detail->count == 0)
		return;
	points = calloc(DETAIL_POINTS, sizeof(*points));
	if (!points)
		return;
	while (own < detail->count && detail->points[own].t < detail->opened_at)
		own++;
	count = read_past(past, detail->told_at, detail->opened_at, points,
			  DETAIL_POINTS - (detail->count - own));
	memcpy(points + count, detail->points + own, (detail->count - own) * sizeof(*points));
	free(detail->points);
	detail->points = points;
	detail->count += count - own;
}

/*
 * Who was no longer tracked, or could not be listed this once, would have no places any more, just
 * when somebody looks for them: those that were known stay, and say how old they are.
 */
static void keep_sites(struct detail *detail, const json_t *before)
{
	json_t *sites = json_object_get(before, "sites");
	bool had = json_array_size(sites) > 0;
	bool has = json_array_size(json_object_get(detail->process, "sites")) > 0;

	detail->sites_kept = had && !has;
	if (detail->sites_kept)
		json_object_set(detail->process, "sites", sites);
	else
		detail->sites_at = detail->told_at;
}

const char *detail_sites_age(const struct detail *detail, char *text, size_t size)
{
	char age[FORMAT_SIZE];

	text[0] = '\0';
	if (detail->sites_kept)
		snprintf(text, size, "as of %s ago",
			 format_duration(detail->told_at - detail->sites_at, age));
	return text;
}

void detail_take(struct detail *detail, struct news *news)
{
	if (!detail->pid || news->pid != detail->pid)
		return;
	detail->status = news->detail_status;
	if (news->detail) {
		json_t *before = detail->process;

		table_free(detail->descriptors);
		detail->process = news->detail;
		detail->descriptors = news->descriptors;
		keep_sites(detail, before);
		json_decref(before);
		news->detail = NULL;
		news->descriptors = NULL;
		detail_take_past(detail, json_object_get(detail->process, "past"));
	}
	detail->width = 0; /* the pages are of before */
}

void detail_render(struct detail *detail, size_t width, json_t *incidents, long incidents_status,
		   json_t *alarms)
{
	char age[DETAIL_AGE_SIZE];

	if (detail->width == width)
		return;
	detail->width = width;
	if (detail->descriptors)
		pager_take_table(&detail->pages[TAB_DESCRIPTORS], detail->descriptors, width, 1);
	sites_page(&detail->pages[TAB_SITES], detail->process,
		   detail_sites_age(detail, age, sizeof(age)), width);
	incidents_page(&detail->pages[TAB_INCIDENTS], incidents, incidents_status, alarms,
		       detail->pid, width);
}
