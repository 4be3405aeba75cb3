// SPDX-License-Identifier: BSD-2-Clause
#include "model/forecast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "model/alarm.h"
#include "model/choose.h"
#include "model/combine.h"
#include "model/load.h"
#include "model/outlook.h"
#include "model/series.h"

#define SAVED_MAGIC 0x46574446 /* FDWF */
#define SAVED_VERSION 3
#define LIFE_UNSEEN 0.5  /* of its age that it was watched at most, for its life to be judged */
#define LIFE_SEEN 2.5    /* seconds that it was watched at least */
#define LIFE_KEPT 0.9    /* of what is open, the totals have seen opened */
#define LIFE_CLOSED 0.2  /* of what it opened it has closed at most */
#define LIFE_TAKEN 0.3   /* of its limit */
#define LIFE_LEFT 27000  /* seconds: for a warning there is so much left at most */
#define LIFE_LAST 900    /* for a critical one */
#define LIFE_GOES_ON 0.5 /* of its mean pace that it grows with now */
#define SURGE_OVER 0.95  /* of the limit: an alarm for usual surges ends below that */
#define QUIET_BAND 8     /* descriptors, or a fiftieth of the limit */

struct forecast {
	struct series series;
	uint64_t limit;
	struct outlook *outlooks; /* OUTLOOKS of them, with the pyramid */
	const struct outlook *chosen;
	struct load *load; /* where totals are known, with the outlooks; begun anew when restored */
	struct alarm alarm;
	uint32_t closed_first; /* at the first sample: a quiet life's load is known by its mean */
	bool stale;            /* restored: its outlooks are still to be made */
};

/* Before the bytes of a saved forecast. */
struct saved_header {
	uint32_t magic;
	uint32_t version;
	uint64_t size; /* of what follows */
	uint64_t sum;
};

struct forecast *forecast_new(void)
{
	return calloc(1, sizeof(struct forecast));
}

void forecast_free(struct forecast *f)
{
	if (!f)
		return;
	series_free(&f->series);
	free(f->outlooks);
	free(f->load);
	free(f);
}

size_t forecast_points(const struct forecast *f, struct series_point points[SERIES_POINTS_MAX])
{
	return series_points(&f->series, points);
}

size_t forecast_bytes(const struct forecast *f)
{
	size_t bytes = sizeof(*f);

	if (f->series.quiet)
		bytes += sizeof(*f->series.quiet);
	if (f->series.pyramid)
		bytes += sizeof(*f->series.pyramid);
	if (f->outlooks)
		bytes += OUTLOOKS * sizeof(*f->outlooks);
	if (f->load)
		bytes += sizeof(*f->load);
	return bytes;
}

/*
 * A process that was not watched for most of its life, and opens what nothing closes: its own age
 * and totals say how fast it grew, as long as it goes on so. The history takes over as it gets old.
 */
static void judge_life(const struct forecast *f, const struct forecast_sample *sample,
		       const struct alarm_thresholds *thresholds, struct alarm_evidence *e)
{
	double age = (double)sample->t / 1e6, live = sample->live;
	double watched = age - (double)f->series.first / 1e6, left;
	double kept = (double)sample->opened - (double)sample->closed;

	if (live <= 0 || !sample->totals_known || watched > age * LIFE_UNSEEN ||
	    watched < LIFE_SEEN || kept < LIFE_KEPT * live ||
	    (double)sample->closed > LIFE_CLOSED * (double)sample->opened ||
	    live < LIFE_TAKEN * (double)sample->limit)
		return;
	if ((live - f->series.low) / watched < LIFE_GOES_ON * live / age)
		return;
	left = ((double)sample->limit - live) * age / live;
	e->warning |= thresholds->warning.seconds > 0
			      ? left <= thresholds->warning.seconds
			      : thresholds->warning.level <= 0 && left <= fmin(age / 2, LIFE_LEFT);
	e->critical |= thresholds->critical.seconds > 0 ? left <= thresholds->critical.seconds
							: thresholds->critical.level <= 0 &&
								  left <= fmin(age / 9, LIFE_LAST);
	e->warning |= e->critical;
	if (!e->warning || e->elapsed > 0)
		return;
	e->growing = true;
	e->growth = (float)live;
	e->elapsed = (float)age;
}

/* Looks at what has moved, and chooses. 0 or -ENOMEM. */
static int look(struct forecast *f, const struct forecast_sample *sample, int moved,
		const struct alarm_thresholds *thresholds, struct alarm_evidence *e)
{
	float sensitivity = alarm_sensitivity(thresholds);

	if (!f->outlooks)
		f->outlooks = calloc(OUTLOOKS, sizeof(*f->outlooks));
	if (!f->load && sample->totals_known) {
		f->load = calloc(1, sizeof(*f->load));
		if (f->load && !f->stale)
			load_add(f->load, f->series.first, f->closed_first);
	}
	if (!f->outlooks || (!f->load && sample->totals_known))
		return -ENOMEM;
	if (sample->totals_known)
		load_add(f->load, f->series.last, sample->closed);
	for (unsigned int level = 0; level < SERIES_LEVELS; level++) {
		if (moved & 1 << level)
			outlook_look(f->outlooks, &f->series, level, f->limit, sensitivity);
	}
	f->chosen = choose_outlook(f->outlooks, &f->series, f->limit,
				   sample->totals_known ? f->load : NULL, thresholds, e);
	return 0;
}

int forecast_add(struct forecast *f, const struct forecast_sample *sample,
		 const struct alarm_thresholds *thresholds)
{
	static const struct alarm_thresholds own = {};
	uint64_t limit = sample->limit;
	uint64_t band = limit / 50 > QUIET_BAND ? limit / 50 : QUIET_BAND;
	bool changed = limit != f->limit;
	uint64_t t = sample->t > f->series.last ? sample->t : f->series.last;
	struct alarm_evidence e = {};
	int moved;

	if (!thresholds)
		thresholds = &own;

	f->limit = limit;
	if (!f->series.last)
		f->closed_first = (uint32_t)sample->closed;
	moved = series_add(&f->series, t, sample->live,
			   band > UINT32_MAX ? UINT32_MAX : (uint32_t)band);
	if (moved < 0)
		return moved;
	if (changed)
		alarm_forget(&f->alarm);
	if (f->series.pyramid && limit != LIMIT_INFINITY) {
		if (look(f, sample, changed || f->stale ? -1 : moved, thresholds, &e) < 0)
			return -ENOMEM;
		f->stale = false;
	}
	if (limit != LIMIT_INFINITY)
		judge_life(f, sample, thresholds, &e);
	e.exhausted = sample->live >= limit;
	e.level = alarm_level(thresholds, sample->live, limit);
	if (e.level == STATE_OK && thresholds->warning.level <= 0 && limit != LIMIT_INFINITY &&
	    series_surges_to(&f->series, (float)limit * (f->alarm.level ? SURGE_OVER : 1)))
		e.level = STATE_WARNING;
	alarm_update(&f->alarm, &e, t, sample->live);
	return 0;
}

enum process_state forecast_state(const struct forecast *f)
{
	return f->alarm.state;
}

struct forecast_eta forecast_eta(const struct forecast *f)
{
	struct forecast_eta eta = {NAN, NAN, NAN};

	if (f->limit != LIMIT_INFINITY && f->series.last && f->series.live >= f->limit)
		return (struct forecast_eta){0, 0, 0};
	if (f->chosen)
		combine_etas(f->outlooks, &f->series, (float)f->limit, &eta);
	return eta;
}

double forecast_growth(const struct forecast *f)
{
	return f->chosen ? f->chosen->trend.growth / f->chosen->trend.elapsed : NAN;
}

size_t forecast_save(const struct forecast *f, void *buffer, size_t size)
{
	struct saved_header header = {.magic = SAVED_MAGIC, .version = SAVED_VERSION};
	struct bytes_out out = {buffer, size, false};
	struct bytes_out head = out;
	uint8_t *body;

	if (!f->series.last)
		return 0;
	BYTES_PUT(&out, header);
	body = out.at;
	BYTES_PUT(&out, f->limit);
	BYTES_PUT(&out, f->alarm);
	series_save(&f->series, &out);
	if (out.failed)
		return 0;
	header.size = (uint64_t)(out.at - body);
	header.sum = bytes_sum(body, header.size);
	BYTES_PUT(&head, header);
	return (size_t)(out.at - (uint8_t *)buffer);
}

struct forecast *forecast_restore(const void *bytes, size_t size)
{
	struct bytes_in in = {bytes, size, false};
	struct saved_header header;
	struct forecast *f;

	BYTES_GET(&in, header);
	if (in.failed || header.magic != SAVED_MAGIC || header.version != SAVED_VERSION ||
	    header.size != in.left || header.sum != bytes_sum(in.at, in.left))
		return NULL;
	f = forecast_new();
	if (!f)
		return NULL;
	BYTES_GET(&in, f->limit);
	BYTES_GET(&in, f->alarm);
	f->stale = true;
	if (series_restore(&f->series, &in) && !in.left &&
	    alarm_is_valid(&f->alarm, f->series.last))
		return f;
	forecast_free(f);
	return NULL;
}
