// SPDX-License-Identifier: BSD-2-Clause
#include "model/outlook.h"

#include <math.h>
#include <string.h>

#include "model/peaks.h"

#define WIDE 12      /* buckets of a wide floor: what comes and goes within them is no growth */
#define JUMP 0.5F    /* of all that floors moved, in one bucket: before it was another level */
#define JUMP_AFTER 8 /* buckets that are there after it */
#define GROWTH_LEAST 5.0F   /* descriptors: fewer come and go in any program */
#define ROOM_LEAST 0.02F    /* part of the room that a growth has to have taken */
#define FIT_LEAST 0.6F      /* of the variation explained, to speak of growth */
#define SPREAD_NIGHTS 2.5F  /* where nights stand still between them, fewer */
#define POINTS_FINEST 10.0F /* storms of seconds rise as fast as any leak */
#define POINTS_ALARM 8.0F   /* a wider row sees fewer of the same growth, and bends in them */
#define MOST_OF_ROOM 0.6F   /* taken already: then an alarm needs no bend to come true */
#define FARTHER 8           /* wider rows that remember what came back later */
#define DAY 86400.0F
#define WEEK (7 * DAY)
#define DAYS_FIRST 12 /* rows whose buckets are fine enough to see a day's load */
#define DAYS_LAST 14
#define DAYS_LEAST 1.3F /* of them, to tell a load from growth */
#define PLAIN 0.97F     /* explained without a season: then it needs none */
#define WELL 0.9F       /* explained by floors as they are */
#define LONGER 0.1F     /* power of a growth's time by which it is worth more */
#define MORNING 0.11F   /* of a night's bound, 1.5 h: so bends any load's rise; or of a week's */
#define FIT_BEND 0.98F  /* and this many points: then a bend is believed */
#define POINTS_BEND 16.0F
#define POINTS_FULL 24.0F /* more points than this tell a line no better */
#define USUAL 2.0F        /* as much again as came back before: the next of them may be a record */
#define PEAKS_FIT 0.9F
#define PEAKS_POINTS 12.0F
#define PEAKS_SPREAD 4.0F
#define FAMILIAR 1.3F     /* hardly more than came back before */
#define SEASON_LIKE 16    /* with the day's load taken out, only longer swings are alike */
#define TAKEN_LEAST 0.28F /* of the room: before, an alarm can wait, whatever it bends to */
#define NEVER_MOST 0.4F   /* how likely it stops by itself, to alarm */
#define NEVER_BEND 0.1F   /* and for a bend to be believed in the morning */
/* A leak is to be told with a quarter of its time left: a third of what has gone by, and more. */
#define LEAD (1.0F / 3 * 1.6F)
#define FINAL_MOST 900.0F /* 15 min */

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

/*
 * From where on it went on without a jump that outweighs all else: what a program opens as it
 * starts, a new listener or a reload is a change of level, before which nothing says how it grows.
 */
static uint32_t jumped_until(const struct series_row *row, uint32_t from)
{
	uint32_t least = UINT32_MAX, most = 0, until = from;
	float jump = 0;

	for (uint32_t i = from; i < row->n; i++) {
		float step = i > from ? fabsf((float)row->low[i] - (float)row->low[i - 1]) : 0;

		least = row->low[i] < least ? row->low[i] : least;
		most = row->low[i] > most ? row->low[i] : most;
		if (step > jump && i + JUMP_AFTER <= row->n) {
			jump = step;
			until = i;
		}
	}
	return jump > JUMP * (float)(most - least) ? until : from;
}

static bool grows(const struct series_row *row, uint32_t from, float limit)
{
	uint32_t low = series_floor(row, from, row->n);
	float growth, room;

	growth = (float)(row->low[row->n - 1] - low);
	room = limit - (float)low;
	return growth >= GROWTH_LEAST && growth >= ROOM_LEAST * room;
}

/* The newest bucket has just begun: too young to have seen the floor. */
static bool is_young(const struct series *s, const struct series_row *row, unsigned int level)
{
	uint64_t width = series_width(level);
	uint64_t begin = row->index[row->n - 1] * width;

	return (s->last - s->previous) * 2 < width && (s->last - begin) * 5 < width * 2;
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
static float usual_swing(const struct series_pyramid *p, unsigned int level, unsigned int like,
			 float elapsed)
{
	float most = 0;

	for (unsigned int l = like; l < like + 3 && l < SERIES_LEVELS; l++) {
		const struct series_row *row = &p->rows[l];

		most = fmaxf(most, row->near_swing);
		if (ldexpf(elapsed, (int)level - (int)l) > 6 || l > like)
			most = fmaxf(most, row->far_swing);
	}
	return most;
}

/*
 * Whether as much and as high has come before over such times and longer, and gone again; `times`
 * as much, or as much higher, counts as well.
 */
static bool has_come_back(const struct series_pyramid *p, unsigned int level, uint32_t wide,
			  const struct trend *t, float times)
{
	unsigned int like = level + (wide > 1 ? 3 : 1); /* whose halves are about as wide */

	for (unsigned int l = like; l < like + FARTHER && l < SERIES_LEVELS; l++) {
		const struct series_row *row = &p->rows[l];

		if (t->growth < times * row->far_swing &&
		    t->base + t->growth < row->ceiling + (times - 1) * row->far_swing)
			return true;
	}
	return t->growth < times * usual_swing(p, level, like, t->elapsed);
}

static void judge(struct outlook *o, unsigned int level, float sensitivity,
		  const struct trend_window *w)
{
	const struct trend *t = &o->trend;
	float points = level ? POINTS_ALARM : POINTS_FINEST;
	float spread = t->elapsed > w->nights * 2 ? SPREAD_NIGHTS : OUTLOOK_SPREAD;
	bool believed, bend;
	float taken;

	o->evident = t->growth >= GROWTH_LEAST && t->growth >= ROOM_LEAST * (w->limit - t->base) &&
		     t->fit >= FIT_LEAST;
	taken = t->growth / fmaxf(w->limit - t->swing - t->base, 1);
	bend = t->fit >= FIT_BEND && t->points >= POINTS_BEND;
	if (t->elapsed > MORNING * w->nights && t->elapsed < w->nights)
		bend &= t->never <= NEVER_BEND * sensitivity;
	believed = (bend || taken * sensitivity >= MOST_OF_ROOM) &&
		   taken * sensitivity >= TAKEN_LEAST && t->never <= NEVER_MOST * sensitivity;
	o->steady = o->evident && o->unusual && t->spread * sensitivity >= spread &&
		    t->points >= points;
	if (o->peaks) /* neighbouring ones are of the same buckets */
		o->steady &= t->fit > PEAKS_FIT && t->points >= PEAKS_POINTS &&
			     t->spread >= PEAKS_SPREAD;
	o->alarming = o->steady && believed;
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

bool outlook_is_fresh(const struct outlook *o, const struct series *s)
{
	return o->evident && o->until >= s->last;
}

/* Every other look will do where growth is evident and an alarm is far. */
static bool is_settled(const struct outlook *outlooks, const struct series *s, unsigned int level)
{
	const struct outlook *o = &outlooks[level * OUTLOOK_VARIANTS];
	const struct series_row *row = &s->pyramid->rows[level];
	float age = (float)((double)(s->last - o->at) / 1e6);

	return row->index[row->n - 1] % 2 && outlook_is_fresh(o, s) && o->trend.fit > FIT_BEND &&
	       o->trend.warning_in - age > ldexpf(6, (int)level);
}

/* Buckets fine enough to see a day's load, over enough of it to tell that from growth. */
static bool is_of_days(const struct series_row *row, uint32_t from, unsigned int level)
{
	return level >= DAYS_FIRST && level <= DAYS_LAST &&
	       ldexpf((float)(row->index[row->n - 1] - row->index[from]), (int)level) >=
		       DAYS_LEAST * DAY;
}

/* Which outlook to believe: one that explains much, with many points, from the growth's begin on.
 */
static float worth(const struct outlook *o)
{
	float value = o->trend.fit * fminf(1, o->trend.points / POINTS_FULL);

	value *= powf(o->trend.elapsed, LONGER);
	if (!o->whole)
		value *= 0.8F;
	if (!o->unusual)
		value *= 0.3F;
	return o->trend.elapsed > 2 * OUTLOOK_NIGHTS ? value * 1.3F
						     : value; /* a day's load is in it */
}

/* What of a row is looked at. */
struct view {
	uint32_t from; /* bucket */
	uint32_t wide; /* buckets that a floor is of */
	bool season;   /* with the day's load taken out */
	bool peaks;
};

/* What else than floors themselves: floors without the day's load, peaks or wider floors. */
static bool take_second(struct view *view, const struct series_row *row, unsigned int level,
			bool grown, const struct outlook *first, uint32_t seen, float limit)
{
	view->season = grown && is_of_days(row, view->from, level);
	if (view->season)
		return first->trend.fit <= PLAIN;
	if (row->index[row->n - 1] % 2 || (grown && first->trend.fit > WELL))
		return false;
	view->wide = WIDE;
	view->peaks = peaks_grow(row, seen, limit);
	if (view->peaks)
		view->from = seen;
	return view->peaks || (grown && row->n - view->from >= WIDE + 6);
}

static void look_at(struct outlook *o, const struct series *s, unsigned int level,
		    const struct view *view, float limit, float sensitivity)
{
	const struct series_row *row = &s->pyramid->rows[level];
	unsigned int like = view->season ? SEASON_LIKE : level;
	float unit = ldexpf(1, (int)level);
	struct trend_window w = {
		.now = (float)((double)s->last / 1e6 / unit - row->index[view->from]),
		.limit = limit,
		.lead = LEAD * sensitivity,
		.lead_most = OUTLOOK_LEAD_MOST / unit,
		.final_most = FINAL_MOST / unit,
		.day = view->season ? DAY / unit : 0,
		.nights = (view->season ? WEEK : OUTLOOK_NIGHTS) / unit,
	};

	if (view->peaks)
		peaks_window(&w, row, view->from);
	else
		fill_window(&w, row, view->from, view->wide, is_young(s, row, level));
	if (!trend_fit(&w, &o->trend))
		return;
	o->peaks = view->peaks;
	o->whole = o->trend.points <= (float)w.n - 1.5F || (!view->from && row->n < SERIES_ROW);
	o->unusual = !has_come_back(s->pyramid, like, view->wide, &o->trend, USUAL);
	o->familiar =
		!o->unusual && has_come_back(s->pyramid, like, view->wide, &o->trend, FAMILIAR);
	judge(o, level, sensitivity, &w);
	in_seconds(&o->trend, unit);
	o->worth = worth(o);
	o->at = s->last;
	o->until = o->at + series_width(level) * 2 + (uint64_t)(o->trend.elapsed * 1e5F);
}

void outlook_look(struct outlook *outlooks, const struct series *s, unsigned int level,
		  uint64_t limit, float sensitivity)
{
	const struct series_row *row = &s->pyramid->rows[level];
	struct outlook *floors = &outlooks[level * OUTLOOK_VARIANTS];
	uint32_t seen = watched_from(row);
	struct view view = {.from = jumped_until(row, seen), .wide = 1};
	bool grown;

	if (is_settled(outlooks, s, level))
		return;
	for (uint32_t v = 0; v < OUTLOOK_VARIANTS; v++)
		floors[v].evident = false;
	grown = row->n - view.from >= 5 && grows(row, view.from, (float)limit);
	if (grown)
		look_at(floors, s, level, &view, (float)limit, sensitivity);
	if (take_second(&view, row, level, grown, floors, seen, (float)limit))
		look_at(floors + 1, s, level, &view, (float)limit, sensitivity);
}
