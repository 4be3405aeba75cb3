// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/blackbox.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "model/forecast.h"
#include "model/series.h"
#include "model/text.h"
#include "serve/json.h"
#include "serve/json_copy.h"
#include "serve/writer.h"

#define DESCRIPTORS_MOST 100000 /* whose text may fit; more wait for no disk */

struct blackbox {
	enum incident_box why;
	uint64_t real_time, boot_time;
	uint64_t age;           /* of the process, by its forecast's clock */
	struct process process; /* its forecast and policy are gone by then */
	char user[64];
	double growth;
	struct forecast_eta eta;
	struct descriptor_list *list;
	size_t cut;          /* descriptors that are not in it any more */
	struct writer sites; /* as text: places belong to the event loop */
	size_t point_count;
	struct series_point points[SERIES_POINTS_MAX];
};

static void write_trend(struct writer *writer, const struct blackbox *b)
{
	double now = (double)b->age;

	write_open(writer, "trend", '{');
	write_double(writer, "growth_per_second", b->growth);
	write_double(writer, "eta_seconds", b->eta.eta);
	write_double(writer, "eta_low_seconds", b->eta.low);
	write_double(writer, "eta_high_seconds", b->eta.high);
	write_open(writer, "samples", '[');
	for (size_t i = 0; i < b->point_count; i++) {
		write_open(writer, NULL, '{');
		write_double(writer, "ago_seconds", (now - (double)b->points[i].from) / 1e6);
		write_unsigned(writer, "least", b->points[i].low);
		write_unsigned(writer, "most", b->points[i].high);
		write_close(writer, '}');
	}
	write_close(writer, ']');
	write_close(writer, '}');
}

static void write_sites(struct writer *writer, const struct blackbox *b)
{
	if (b->sites.length && !b->sites.failed &&
	    !json_copy_members(writer, b->sites.data, b->sites.length))
		return;
	write_open(writer, "sites", '[');
	write_close(writer, ']');
}

static void write_box(struct writer *writer, const struct blackbox *b,
		      const struct descriptor_list *list)
{
	struct json_process_extras extras = {.user = b->user, .boot_time = b->boot_time};
	char time[TEXT_TIME_SIZE];

	write_open(writer, NULL, '{');
	text_time(time, b->real_time);
	write_string(writer, "box_time", time);
	write_string(writer, "box_reason", incident_box_name(b->why));
	write_open(writer, "process", '{');
	json_process(writer, &b->process, &extras);
	write_close(writer, '}');
	write_trend(writer, b);
	json_descriptors(writer, list, NULL, b->real_time - b->boot_time);
	write_unsigned(writer, "descriptors_cut", b->cut + b->list->count - list->count);
	write_sites(writer, b);
	write_close(writer, '}');
}

/* Fewer descriptors, until what is said of them is not too long. */
static int make(const void *data, char **text, size_t *length)
{
	const struct blackbox *b = data;
	struct descriptor_list list = *b->list;

	for (;;) {
		_cleanup_(writer_free) struct writer writer = {.limit = STORE_BOX_MAX};

		write_box(&writer, b, &list);
		if (!writer.failed) {
			*text = writer.data;
			*length = writer.length;
			writer.data = NULL;
			return 0;
		}
		if (!writer.too_long || !list.count)
			return -ENOMEM;
		list.count /= 2;
	}
}

static void drop(void *data)
{
	struct blackbox *b = data;

	descriptor_list_free(b->list);
	writer_free(&b->sites);
	free(b);
}

/* Frees all descriptors but the first; returns how many. */
static size_t shorten(struct descriptor_list *list)
{
	size_t count = list->count;

	for (size_t i = DESCRIPTORS_MOST; i < count; i++) {
		free(list->items[i].name);
		free(list->items[i].socket);
	}
	if (count > DESCRIPTORS_MOST)
		list->count = DESCRIPTORS_MOST;
	return count - list->count;
}

/* What it takes while it waits for its disk. */
static size_t bytes_held(const struct blackbox *b)
{
	const struct descriptor_list *list = b->list;
	size_t bytes = sizeof(*b) + b->sites.capacity + sizeof(*list) +
		       (list->count + b->cut) * sizeof(list->items[0]);

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].name)
			bytes += strlen(list->items[i].name) + 1;
		if (list->items[i].socket)
			bytes += sizeof(*list->items[i].socket);
	}
	return bytes;
}

int blackbox_fill(struct store_box *box, const struct incident *incident, enum incident_box why,
		  const struct process *process, const char *user, const struct ranking *ranking,
		  struct descriptor_list *list)
{
	struct blackbox *b = calloc(1, sizeof(*b));

	if (!b) {
		descriptor_list_free(list);
		return -ENOMEM;
	}
	b->why = why;
	b->real_time = clock_usec(CLOCK_REALTIME);
	b->boot_time = b->real_time - clock_usec(CLOCK_BOOTTIME);
	b->age = process_age(process, b->real_time - b->boot_time);
	b->process = *process;
	b->process.sample.fds = list->taken;
	b->process.forecast = NULL;
	b->process.policy = NULL;
	b->growth = NAN;
	b->eta = (struct forecast_eta){NAN, NAN, NAN};
	snprintf(b->user, sizeof(b->user), "%s", user ?: "");
	if (process->forecast) {
		b->growth = forecast_growth(process->forecast);
		b->eta = forecast_eta(process->forecast);
		b->point_count = forecast_points(process->forecast, b->points);
	}
	if (ranking) {
		write_open(&b->sites, NULL, '{');
		json_ranking(&b->sites, process->sample.pid, process->sample.comm, ranking);
		write_close(&b->sites, '}');
	}
	b->cut = shorten(list);
	b->list = list;
	*box = (struct store_box){
		.incident = incident->id,
		.bytes = bytes_held(b),
		.make = make,
		.drop = drop,
		.data = b,
	};
	return 0;
}
