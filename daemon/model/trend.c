/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/trend.h"

#include <math.h>
#include <string.h>

#include "model/season.h"

#define STRAIGHT 0      /* of the shapes below */
#define PROMISING 0.35F /* of the variation, for a straight line */
#define STEPS 64        /* of a shape's table */
#define HINGES 12
#define POINTS_LEAST 4 /* after the hinge: a line through three points proves nothing */
#define TREND_LEAST \
	0.2F               /* of the variation that a plain line explains: less is not worth a fit \
			    */
#define LIKELY_MOST 128    /* candidates that count for anything */
#define EVER_LEAST 0.1F    /* likelier to have stopped than so: no time is told */
#define LUMPS 0.5F         /* of a random walk's straying that is no mark against a curve */
#define SEASON_LEAST 0.01F /* of a shape must differ from any season */
#define BETWEEN 0.1F       /* prior of a straight line whose corner no other shape may have */
#define PARTS 8            /* a growth's time is cut into, to see how evenly it grew */

#define FINAL (1.0F / 9)
#define LIKELY 0.45F /* that it is time: a warning too late is worth nothing */

enum bend { POWER, FASTER, SLOWER, CREST, STOPPED };

/* prior: a straight line is likelier than any one bend (Occam); the rest share alike. */
static const struct shape {
	enum bend bend;
	float by;
	float prior;
} shapes[] = {
	{POWER, 1, 1},        {POWER, 0.6F, 0.3F},   {POWER, 1.5F, 0.3F},   {POWER, 2.2F, 0.3F},
	{FASTER, 2, 0.3F},    {FASTER, 3.5F, 0.3F},  {FASTER, 5.5F, 0.3F},  {SLOWER, 2, 0.2F},
	{SLOWER, 5, 0.2F},    {STOPPED, 0.9F, 0.2F}, {STOPPED, 0.7F, 0.2F}, {STOPPED, 0.5F, 0.2F},
	{CREST, 0.45F, 0.2F}, {CREST, 0.6F, 0.2F},   {CREST, 0.75F, 0.2F},  {CREST, 0.9F, 0.2F},
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

struct candidate {
	uint8_t shape;
	uint8_t points;
	float elapsed;
	float base, growth;
	float prior;
	float error;  /* sum of squares */
	float weight; /* all add up to 1 */
	float eta;
};

static float table[SHAPES][STEPS + 2];

/* The rise of a load to its crest: slow, fast, slow (a half wave). */
static float cresting(float u)
{
	return (1 - cosf((float)M_PI * u)) / 2;
}

static float height(const struct shape *s, float u)
{
	switch (s->bend) {
	case POWER:
		return powf(u, s->by);
	case FASTER:
		return expm1f(s->by * u) / expm1f(s->by);
	case SLOWER:
		return expm1f(-s->by * u) / expm1f(-s->by);
	case CREST:
		return cresting(s->by * u) / cresting(s->by);
	case STOPPED:
		break;
	}
	return fminf(1, u / s->by);
}

/* Where a shape reaches `z` times its height at 1; INFINITY: never. */
static float reach(const struct shape *s, float z)
{
	float rest;

	switch (s->bend) {
	case POWER:
		return powf(z, 1 / s->by);
	case FASTER:
		return log1pf(z * expm1f(s->by)) / s->by;
	case SLOWER:
		rest = z * expm1f(-s->by);
		return rest <= -1 ? INFINITY : -log1pf(rest) / s->by;
	case CREST:
		rest = 1 - 2 * z * cresting(s->by);
		return rest < -1 ? INFINITY : acosf(rest) / ((float)M_PI * s->by);
	case STOPPED:
		break;
	}
	return INFINITY;
}

static void fill_table(void)
{
	if (table[0][STEPS] > 0)
		return;
	for (size_t s = 0; s < SHAPES; s++) {
		for (int i = 0; i <= STEPS; i++)
			table[s][i] = height(&shapes[s], (float)i / STEPS);
		table[s][STEPS + 1] = table[s][STEPS];
	}
}

static float look_up(size_t shape, float u)
{
	float at = u * STEPS;
	int i = at >= STEPS ? STEPS : (int)at;
	float part = at - (float)i;

	return table[shape][i] + part * (table[shape][i + 1] - table[shape][i]);
}

struct sums {
	float y, yy;
	float t, tt, ty;
};

/* Least squares of base + growth * shape, which is 0 up to the hinge and 1 now. */
static void fit_one(const struct trend_window *w, const struct sums *sums, uint32_t hinge,
		    struct candidate *c)
{
	float n = (float)w->n, p = 0, pp = 0, py = 0, spread, mean = sums->y / n;
	float scale = 1 / c->elapsed;

	for (uint32_t i = hinge + 1; i < w->n; i++) {
		float v = look_up(c->shape, (w->at[i] - w->at[hinge]) * scale);

		p += v;
		pp += v * v;
		py += v * (w->low[i] - mean);
	}
	spread = pp - p * p / n;
	c->growth = spread > 1e-6F ? py / spread : 0;
	c->base = mean - c->growth * p / n;
	c->error = fmaxf(0, sums->yy - c->growth * py);
}

/* The same beside a season: what that explains of both is left out (Frisch, Waugh and Lovell). */
static void fit_beside(const struct trend_window *w, const struct season *season,
		       const struct sums *sums, uint32_t hinge, struct candidate *c)
{
	float p[SERIES_ROW] = {}, rest[SERIES_ROW], mean = 0, pp = 0, py = 0;

	for (uint32_t i = hinge + 1; i < w->n; i++) {
		p[i] = look_up(c->shape, (w->at[i] - w->at[hinge]) / c->elapsed);
		mean += p[i] / (float)w->n;
	}
	season_remove(season, p, rest);
	for (uint32_t i = 0; i < w->n; i++) {
		pp += rest[i] * rest[i];
		py += rest[i] * w->low[i];
	}
	c->growth = pp > SEASON_LEAST * (float)w->n ? py / pp : 0;
	c->base = sums->y / (float)w->n - c->growth * mean;
	c->error = fmaxf(0, sums->yy - c->growth * py);
}

static float line_at(const struct trend_window *w, const struct candidate *c, float at)
{
	float u = 1 - (w->now - at) / c->elapsed;

	return u <= 0 ? c->base : c->base + c->growth * look_up(c->shape, fminf(u, 1));
}

/* No floor stands above what was just counted; within two buckets a line may run ahead. */
static float ceiling(const struct trend_window *w)
{
	float top = w->top[w->tops - 1];

	return w->tops > 1 ? fmaxf(top, w->top[w->tops - 2]) : top;
}

/* Standing still, or slower, for less than a day is a night, where growth has lasted for days. */
static bool is_night(const struct trend_window *w, const struct shape *s, float elapsed)
{
	if (elapsed < w->nights)
		return false;
	if (s->bend == STOPPED)
		return (1 - s->by) * elapsed < w->nights;
	return (s->bend == SLOWER || s->bend == CREST) && elapsed < 3 * w->nights;
}

/* Where no straight line with any corner explains much, no other shape is worth a try. */
static bool promises(const struct trend_window *w, const struct sums *sums, uint32_t last,
		     uint32_t stride)
{
	struct candidate c = {.shape = STRAIGHT};

	for (uint32_t hinge = 0; hinge < last; hinge += stride) {
		c.elapsed = w->now - w->at[hinge];
		fit_one(w, sums, hinge, &c);
		if (c.growth > 0 && c.error < (1 - PROMISING) * sums->yy)
			return true;
	}
	return false;
}

static size_t fit_all(const struct trend_window *w, const struct season *season,
		      const struct sums *sums, struct candidate *all)
{
	uint32_t last = w->n - POINTS_LEAST;
	uint32_t stride = last / HINGES + 1;
	float most = ceiling(w);
	size_t count = 0;

	if (!season && !promises(w, sums, last, stride))
		return 0;
	for (uint32_t hinge = 0; hinge < last; hinge++) {
		/* A straight line's corner must lie right, or a rounder shape passes for it. */
		for (size_t s = 0; s < (hinge % stride ? 1 : SHAPES); s++) {
			struct candidate *c = &all[count];

			c->shape = (uint8_t)s;
			c->prior = hinge % stride ? BETWEEN : shapes[s].prior;
			c->points = (uint8_t)(w->n - hinge);
			c->elapsed = w->now - w->at[hinge];
			if (is_night(w, &shapes[s], c->elapsed))
				continue;
			if (season)
				fit_beside(w, season, sums, hinge, c);
			else
				fit_one(w, sums, hinge, c);
			if (c->growth > 0 && (season || line_at(w, c, w->now - 2) <= most + 1))
				count++;
		}
	}
	return count;
}

/*
 * What grows in bursts strays from any curve by chance, as a random walk does: by so much on the
 * mean, squared. Told from how unlike neighbouring increments are, which bends hardly change.
 */
static float stray(const struct trend_window *w, const struct candidate *best)
{
	float floor = INFINITY, before = NAN, unlike = 0, n = 0;

	for (uint32_t i = w->n; i-- > 0 && w->now - w->at[i] <= best->elapsed;) {
		float rise = floor - w->low[i];

		if (isfinite(floor)) {
			rise = fmaxf(rise, 0);
			if (!isnan(before))
				unlike += (rise - before) * (rise - before) / 2;
			before = rise;
			n++;
		}
		floor = fminf(floor, w->low[i]);
	}
	return n > 1 ? unlike * n / (n - 1) / 6 : 0;
}

/*
 * How much each counts. Errors of neighbouring points go together (load does), so they count for
 * half their number; what is within rounding or a hundredth of the growth is as good as perfect.
 */
static const struct candidate *weigh(const struct trend_window *w, struct candidate *all,
				     size_t count)
{
	const struct candidate *best = &all[0];
	float total = 0, n = (float)w->n;
	float slack;

	for (size_t i = 1; i < count; i++) {
		if (all[i].error < best->error)
			best = &all[i];
	}
	slack = n * (0.25F + 1e-4F * best->growth * best->growth);
	slack += n * LUMPS * stray(w, best);
	for (size_t i = 0; i < count; i++) {
		float ratio = (all[i].error + slack) / (best->error + slack);

		all[i].weight = all[i].prior * powf(ratio, -n / 4);
		total += all[i].weight;
	}
	for (size_t i = 0; i < count; i++)
		all[i].weight /= total;
	return best;
}

/* How far tops stand over the line: the second highest of the newest, so that one storm is none. */
static float top_swing(const struct trend_window *w, const struct candidate *c)
{
	uint32_t newest = w->day > 0 ? (uint32_t)fmaxf(12, w->day + 2) : 12;
	uint32_t from = w->tops > newest ? w->tops - newest : 0;
	float first = 0, second = 0;

	for (uint32_t i = from; i < w->tops; i++) {
		float over = w->top[i] - line_at(w, c, w->top_at[i]);

		if (over > first) {
			second = first;
			first = over;
		} else if (over > second) {
			second = over;
		}
	}
	return second;
}

/* The reciprocal of the sum of squares of the parts' shares in all growth (Hill's number). */
static float spread_of(const struct trend_window *w, float elapsed)
{
	float part[PARTS + 1], least = INFINITY, sum = 0, squares = 0;

	for (int k = 0; k <= PARTS; k++)
		part[k] = INFINITY;
	for (uint32_t i = 0; i < w->n; i++) {
		float u = 1 - (w->now - w->at[i]) / elapsed;
		int k = u < 0 ? 0 : (int)(u * PARTS) + 1;

		k = k > PARTS ? PARTS : k;
		part[k] = fminf(part[k], w->low[i]);
	}
	for (int k = PARTS; k >= 0; k--) { /* to what it never came back to */
		least = fminf(least, part[k]);
		part[k] = least;
	}
	for (int k = 1; k <= PARTS; k++) {
		float rise = part[k] - part[k - 1];

		if (!isfinite(rise))
			continue;
		sum += rise;
		squares += rise * rise;
	}
	return squares > 0 ? sum * sum / squares : 0;
}

static size_t keep_likely(struct candidate *all, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < LIKELY_MOST; i++) {
		if (all[i].weight > 0.002F)
			all[kept++] = all[i];
	}
	return kept;
}

/* A value and how much it counts. */
struct weighed {
	float value, weight;
};

static void sort(struct weighed *values, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct weighed v = values[i];
		size_t j = i;

		for (; j > 0 && values[j - 1].value > v.value; j--)
			values[j] = values[j - 1];
		values[j] = v;
	}
}

/* The value below which `part` of all weight lies; `values` are sorted. */
static float quantile(const struct weighed *values, size_t count, float part)
{
	float total = 0, sum = 0;

	for (size_t i = 0; i < count; i++)
		total += values[i].weight;
	for (size_t i = 0; i < count; i++) {
		sum += values[i].weight;
		if (sum >= part * total)
			return values[i].value;
	}
	return INFINITY;
}

/* In how long so little is left: a part of the time gone by, or the fixed most. */
static float due(const struct candidate *c, float part, float most)
{
	float early = (c->eta - part * c->elapsed) / (1 + part);

	return fmaxf(early, c->eta - most);
}

static float soon(const struct candidate *all, size_t count, float part, float most)
{
	struct weighed values[LIKELY_MOST];

	for (size_t i = 0; i < count; i++) {
		values[i].value = due(&all[i], part, most);
		values[i].weight = all[i].weight;
	}
	sort(values, count);
	return quantile(values, count, LIKELY);
}

static void foresee(const struct trend_window *w, struct candidate *all, size_t count,
		    struct trend *t)
{
	struct weighed etas[LIKELY_MOST];
	float total = 0, ever;

	for (size_t i = 0; i < count; i++) {
		struct candidate *c = &all[i];
		float room = w->limit - t->swing - c->base;
		float left =
			c->elapsed * (reach(&shapes[c->shape], fmaxf(room / c->growth, 0)) - 1);

		c->eta = fmaxf(left, 0);
		etas[i] = (struct weighed){c->eta, c->weight};
		total += c->weight;
		t->elapsed += c->weight * c->elapsed;
		t->points += c->weight * (float)c->points;
	}
	ever = total;
	t->elapsed /= total;
	t->points /= total;
	t->warning_in = soon(all, count, w->lead, w->lead_most);
	t->critical_in = soon(all, count, FINAL, w->final_most);
	sort(etas, count);
	t->eta_low = quantile(etas, count, 0.1F);
	t->eta_high = quantile(etas, count, 0.9F);
	while (count > 1 && isinf(etas[count - 1].value))
		ever -= etas[--count].weight;
	t->eta = ever > EVER_LEAST * total ? quantile(etas, count, 0.5F) : INFINITY;
}

static struct sums sums_of(const struct trend_window *w)
{
	struct sums s = {};

	for (uint32_t i = 0; i < w->n; i++) {
		s.t += w->at[i] / (float)w->n;
		s.y += w->low[i];
	}
	for (uint32_t i = 0; i < w->n; i++) {
		float y = w->low[i] - s.y / (float)w->n;
		float t = w->at[i] - s.t;

		s.yy += y * y;
		s.tt += t * t;
		s.ty += t * y;
	}
	return s;
}

static const struct candidate *fit_plain(const struct trend_window *w, const struct sums *sums,
					 struct candidate *all, size_t *count)
{
	if (sums->ty <= 0 || sums->ty * sums->ty < TREND_LEAST * sums->tt * sums->yy)
		return NULL;
	*count = fit_all(w, NULL, sums, all);
	return *count ? weigh(w, all, *count) : NULL;
}

/* Takes the day's load out of the window. */
static const struct candidate *fit_season(struct trend_window *w, struct sums *sums,
					  struct candidate *all, size_t *count)
{
	const struct candidate *best;
	float rest[SERIES_ROW];
	struct season season;

	season_make(&season, w->at, w->n, w->day);
	season_remove(&season, w->low, rest);
	sums->yy = 0;
	for (uint32_t i = 0; i < w->n; i++)
		sums->yy += rest[i] * rest[i];
	*count = fit_all(w, &season, sums, all);
	if (!*count)
		return NULL;
	best = weigh(w, all, *count);
	for (uint32_t i = 0; i < w->n; i++)
		rest[i] = w->low[i] - line_at(w, best, w->at[i]);
	season_waves(&season, rest, rest);
	for (uint32_t i = 0; i < w->n; i++)
		w->low[i] -= rest[i];
	return weigh(w, all, *count);
}

bool trend_fit(struct trend_window *w, struct trend *t)
{
	struct candidate all[SERIES_ROW / 2 * SHAPES];
	const struct candidate *best;
	struct sums sums;
	size_t count;

	*t = (struct trend){};
	if (w->n < POINTS_LEAST + 1)
		return false;
	fill_table();
	sums = sums_of(w);
	best = w->day > 0 ? fit_season(w, &sums, all, &count) : fit_plain(w, &sums, all, &count);
	if (!best)
		return false;
	t->growth = best->growth;
	t->base = best->base;
	t->swing = top_swing(w, best);
	t->fit = 1 - best->error / sums.yy;
	t->spread = spread_of(w, best->elapsed);
	count = keep_likely(all, count);
	foresee(w, all, count, t);
	return true;
}
