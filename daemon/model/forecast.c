/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/forecast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/alarm.h"
#include "model/series.h"
#include "model/trend.h"

#define WIDE 12 /* buckets of a wide floor: what comes and goes within them is no growth */
#define VARIANTS 2
#define GROWTH_LEAST 5.0F     /* descriptors: fewer come and go in any program */
#define ROOM_LEAST 0.02F      /* part of the room that a growth has to have taken */
#define FIT_LEAST 0.6F        /* of the variation explained, to speak of growth */
#define FIT_ALARM 0.75F       /* to alarm */
#define SPREAD_ALARM 3.5F     /* parts of 8: three steps are no trend */
#define SPREAD_NIGHTS 2.5F    /* where nights stand still between them, fewer */
#define POINTS_FINEST 13.0F   /* storms of seconds rise as fast as any leak */
#define POINTS_ALARM 10.0F    /* a wider row sees fewer of the same growth, and bends in them */
#define EARLY 0.1F            /* of a growth's time that two looks at it may differ */
#define NIGHTS 50400.0F       /* seconds, 14 h: longer growths stand still by night */
#define MOST_OF_ROOM 0.6F     /* taken already: then an alarm needs no bend to come true */
#define MORNING (5.0F / 14)   /* of a night's bound, 5 h: so bends the rise of any day's load */
#define MOST_OF_MORNING 0.66F /* taken then: bends say nothing */
#define FIT_BEND 0.97F        /* and this many points: then a bend is believed */
#define POINTS_BEND 16.0F
#define POINTS_FULL 24.0F      /* more points than this tell a line no better */
#define USUAL 1.25F            /* as much again as what came back before, and a quarter */
#define LEAD_MOST 27000.0F     /* seconds: 6 h, and a quarter for what is not known */
#define FINAL_MOST 900.0F      /* 15 min */
#define SAVED_MAGIC 0x46574446 /* FDWF */
#define SAVED_VERSION 1
#define QUIET_BAND 8 /* descriptors, or a fiftieth of the limit */

/* What a level's last look said, in seconds. */
struct outlook {
	uint64_t at;
	uint64_t until; /* then it is too old */
	struct trend trend;
	bool evident;
	bool unusual;  /* more than what came and went before */
	bool alarming; /* its evidence is good enough for an alarm */
	bool whole;    /* its window saw the growth begin */
};

struct forecast {
	struct series series;
	uint64_t limit;
	struct outlook *outlooks; /* SERIES_LEVELS * VARIANTS, with the pyramid */
	const struct outlook *chosen;
	struct alarm alarm;
	bool stale; /* restored: its outlooks are still to be made */
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
		bytes += SERIES_LEVELS * VARIANTS * sizeof(*f->outlooks);
	return bytes;
}

/* From where on a row was watched without long holes: two buckets of five at least. */
static uint32_t watched_from(const struct series_row *row)
{
	uint32_t last = row->n - 1;

	for (uint32_t i = 0; i < last; i++) {
		if ((row->index[last] - row->index[i]) * 2 <= (last - i) * 5)
			return i;
	}
	return last;
}

static bool grows(const struct series_row *row, uint32_t from, float limit)
{
	uint32_t low = UINT32_MAX;
	float growth, room;

	for (uint32_t i = from; i < row->n; i++)
		low = row->low[i] < low ? row->low[i] : low;
	growth = (float)(row->low[row->n - 1] - low);
	room = limit - (float)low;
	return growth >= GROWTH_LEAST && growth >= ROOM_LEAST * room;
}

/* The newest bucket has just begun: too young to have seen the floor. */
static bool is_young(const struct forecast *f, const struct series_row *row, unsigned int level)
{
	uint64_t width = series_width(level);
	uint64_t begin = row->index[row->n - 1] * width;

	return (f->series.last - f->series.previous) * 2 < width &&
	       (f->series.last - begin) * 5 < width * 2;
}

/* Floors of WIDE buckets each: those of 1, 2 and 4 make 2, 4 and 8, and 8 and 4 make 12. */
static void widen(struct trend_window *w)
{
	float fours[SERIES_ROW];

	for (uint32_t reach = 1; reach < 8; reach *= 2) {
		if (reach == 4)
			memcpy(fours, w->low, w->n * sizeof(fours[0]));
		w->n -= reach;
		for (uint32_t i = 0; i < w->n; i++)
			w->low[i] = fminf(w->low[i], w->low[i + reach]);
	}
	w->n -= WIDE - 8;
	for (uint32_t i = 0; i < w->n; i++)
		w->low[i] = fminf(w->low[i], fours[i + 8]);
}

/* The floors of `wide` buckets in a row, each at the begin of its time. */
static void fill_window(struct trend_window *w, const struct series_row *row, uint32_t from,
			uint32_t wide, bool young)
{
	uint32_t origin = row->index[from];

	w->n = w->tops = 0;
	for (uint32_t i = from; i < row->n; i++) {
		w->top_at[w->tops] = (float)(row->index[i] - origin) + 1;
		w->top[w->tops++] = (float)row->high[i];
	}
	for (uint32_t i = from; i < row->n - young; i++) {
		w->at[w->n] = (float)(row->index[i] - origin);
		w->low[w->n++] = (float)row->low[i];
	}
	if (wide > 1)
		widen(w);
}

/* How far floors of this width usually rise in such a time only to come back. */
static float usual_swing(const struct series_pyramid *p, unsigned int level, uint32_t wide,
			 float elapsed)
{
	unsigned int like = level + (wide > 1 ? 3 : 1); /* whose halves are about as wide */
	float most = 0;

	for (unsigned int l = like; l < like + 3 && l < SERIES_LEVELS; l++) {
		const struct series_row *row = &p->rows[l];

		most = fmaxf(most, row->near_swing);
		if (ldexpf(elapsed, (int)level - (int)l) > 6 || l > like)
			most = fmaxf(most, row->far_swing);
	}
	return most;
}

static void judge(struct outlook *o, unsigned int level, float usual, const struct trend_window *w)
{
	const struct trend *t = &o->trend;
	float points = level ? POINTS_ALARM : POINTS_FINEST;
	float spread = t->elapsed > w->nights * 2 ? SPREAD_NIGHTS : SPREAD_ALARM;
	bool believed;
	float taken;

	o->evident = t->growth >= GROWTH_LEAST && t->growth >= ROOM_LEAST * (w->limit - t->base) &&
		     t->fit >= FIT_LEAST;
	o->unusual = t->growth >= USUAL * usual;
	taken = t->growth / fmaxf(w->limit - t->swing - t->base, 1);
	if (t->elapsed > MORNING * w->nights && t->elapsed < w->nights)
		believed = taken >= MOST_OF_MORNING;
	else
		believed =
			taken >= MOST_OF_ROOM || (t->fit >= FIT_BEND && t->points >= POINTS_BEND);
	o->alarming = o->evident && o->unusual && believed && t->fit >= FIT_ALARM &&
		      t->spread >= spread && t->points >= points;
}

static void in_seconds(struct trend *t, float unit)
{
	t->elapsed *= unit;
	t->eta *= unit;
	t->eta_low *= unit;
	t->eta_high *= unit;
	t->warning_in *= unit;
	t->critical_in *= unit;
}

static bool fresh(const struct forecast *f, const struct outlook *o)
{
	return o->evident && o->until >= f->series.last;
}

/* Every other look will do where growth is evident and an alarm is far. */
static bool is_settled(const struct forecast *f, unsigned int level)
{
	const struct outlook *o = &f->outlooks[level * VARIANTS];
	const struct series_row *row = &f->series.pyramid->rows[level];
	float age = (float)((double)(f->series.last - o->at) / 1e6);

	return row->index[row->n - 1] % 2 && fresh(f, o) && o->trend.fit > FIT_BEND &&
	       o->trend.warning_in - age > ldexpf(6, (int)level);
}

static void look(struct forecast *f, unsigned int level)
{
	const struct series_row *row = &f->series.pyramid->rows[level];
	float unit = ldexpf(1, (int)level);
	uint32_t from = watched_from(row);
	struct trend_window w;

	if (is_settled(f, level))
		return;
	for (uint32_t v = 0; v < VARIANTS; v++)
		f->outlooks[level * VARIANTS + v].evident = false;
	if (row->n - from < 5 || !grows(row, from, (float)f->limit))
		return;
	w.now = (float)((double)f->series.last / 1e6 / unit - row->index[from]);
	w.limit = (float)f->limit;
	w.lead_most = LEAD_MOST / unit;
	w.final_most = FINAL_MOST / unit;
	w.nights = NIGHTS / unit;
	for (uint32_t v = 0; v < VARIANTS; v++) {
		struct outlook *o = &f->outlooks[level * VARIANTS + v];
		uint32_t wide = v ? WIDE : 1;

		if (v && (o[-1].trend.fit > 0.9F || row->n - from < WIDE + 6 ||
			  row->index[row->n - 1] % 2))
			return;
		fill_window(&w, row, from, wide, is_young(f, row, level));
		if (!trend_fit(&w, &o->trend))
			continue;
		o->whole = o->trend.points <= (float)w.n - 1.5F || (!from && row->n < SERIES_ROW);
		judge(o, level, usual_swing(f->series.pyramid, level, wide, o->trend.elapsed), &w);
		in_seconds(&o->trend, unit);
		o->at = f->series.last;
		o->until = o->at + series_width(level) * 2 + (uint64_t)(o->trend.elapsed * 1e5F);
	}
}

/* Whether what was to be in `in` seconds then has come, or comes before the next sample. */
static bool has_come(const struct forecast *f, const struct outlook *o, float in)
{
	uint64_t next = f->series.last + (f->series.last - f->series.previous);

	return (float)((double)(next - o->at) / 1e6) >= in;
}

/* A finer look at the same growth knows better, and one at its end whether it has ended. */
static bool denied(const struct forecast *f, unsigned int which)
{
	const struct outlook *o = &f->outlooks[which];

	for (unsigned int i = which % VARIANTS; i < which; i += VARIANTS) {
		const struct outlook *fine = &f->outlooks[i];
		const struct trend *t = &fine->trend;

		if (!fresh(f, fine) || !fine->unusual || t->fit < o->trend.fit - 0.05F)
			continue;
		if (fine->whole && t->elapsed > 0.6F * o->trend.elapsed &&
		    t->points > 1.5F * o->trend.points && !has_come(f, fine, t->warning_in))
			return true;
		if (o->trend.elapsed < NIGHTS && t->elapsed > o->trend.elapsed / 10 &&
		    t->points > 20 && t->spread >= SPREAD_ALARM && isinf(t->eta_low))
			return true;
	}
	return false;
}

/* Which outlook to believe: one that explains much, with many points, from the growth's begin on.
 */
static float worth(const struct outlook *o)
{
	float value = o->trend.fit * fminf(1, o->trend.points / POINTS_FULL);

	if (!o->whole)
		value *= 0.8F;
	if (!o->unusual)
		value *= 0.3F;
	return o->trend.elapsed > 2 * NIGHTS ? value * 1.3F : value; /* a day's load is in it */
}

/* Whether it is time: by fdwatch's own rule, or so long before the limit, or never by time. */
static bool is_time(const struct forecast *f, const struct outlook *o, float own,
		    const struct alarm_threshold *threshold)
{
	if (threshold->seconds > 0)
		return has_come(f, o, o->trend.eta - (float)threshold->seconds);
	return threshold->level <= 0 && has_come(f, o, own);
}

/* The best supported outlook, and whether any of them alarms. */
static void choose(struct forecast *f, const struct alarm_thresholds *thresholds,
		   struct alarm_evidence *e)
{
	float best = 0;

	f->chosen = NULL;
	for (unsigned int i = 0; i < SERIES_LEVELS * VARIANTS; i++) {
		const struct outlook *o = &f->outlooks[i];
		float value;

		if (!fresh(f, o))
			continue;
		value = worth(o);
		if (o->alarming && !denied(f, i)) {
			bool warning = is_time(f, o, o->trend.warning_in, &thresholds->warning);
			bool critical = is_time(f, o, o->trend.critical_in, &thresholds->critical);

			e->warning |= warning || critical;
			e->critical |= critical;
			value += warning || critical; /* what alarms is what is told */
		}
		if (value > best) {
			best = value;
			f->chosen = o;
		}
	}
	if (!f->chosen)
		return;
	e->growing = f->chosen->alarming && f->chosen->trend.eta < 20 * f->chosen->trend.elapsed;
	e->base = f->chosen->trend.base;
	e->growth = f->chosen->trend.growth;
	e->elapsed = f->chosen->trend.elapsed;
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
	moved = series_add(&f->series, t, sample->live,
			   band > UINT32_MAX ? UINT32_MAX : (uint32_t)band);
	if (moved < 0)
		return moved;
	if (changed)
		alarm_forget(&f->alarm);
	if (f->series.pyramid && limit != LIMIT_INFINITY) {
		if (!f->outlooks)
			f->outlooks =
				calloc((size_t)SERIES_LEVELS * VARIANTS, sizeof(*f->outlooks));
		if (!f->outlooks)
			return -ENOMEM;
		for (unsigned int level = 0; level < SERIES_LEVELS; level++) {
			if (changed || f->stale || moved & 1 << level)
				look(f, level);
		}
		choose(f, thresholds, &e);
		f->stale = false;
	}
	e.exhausted = sample->live >= limit;
	e.level = alarm_level(thresholds, sample->live, limit);
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
	double since;

	if (f->limit != LIMIT_INFINITY && f->series.last && f->series.live >= f->limit)
		return (struct forecast_eta){0, 0, 0};
	if (!f->chosen)
		return eta;
	since = (double)(f->series.last - f->chosen->at) / 1e6;
	eta.eta = fmax(0, f->chosen->trend.eta - since);
	eta.low = fmax(0, f->chosen->trend.eta_low - since);
	eta.high = fmax(0, f->chosen->trend.eta_high - since);
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
