/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/trend.h"

#include <math.h>
#include <string.h>

#include "model/season.h"
#include "model/shape.h"

#define PROMISING 0.35F /* of the variation, for a straight line */
#define HINGES 12
#define POINTS_LEAST 4 /* after the hinge: a line through three points proves nothing */
#define TREND_LEAST \
	0.2F               /* of the variation that a plain line explains: less is not worth a fit \
			    */
#define LIKELY_MOST 128    /* candidates that count for anything */
#define WEIGHT_LEAST 1e-4F /* of the best's: less changes nothing */
#define EVER_LEAST 0.1F    /* likelier to have stopped than so: no time is told */
#define LUMPS 0.5F         /* of a random walk's straying that is no mark against a curve */
#define SEASON_LEAST 0.01F /* of a shape must differ from any season */
#define BETWEEN 0.1F       /* prior of a straight line whose corner no other shape may have */
#define PARTS 8            /* a growth's time is cut into, to see how evenly it grew */

#define FINAL (1.0F / 9)
#define LIKELY 0.45F /* that it is time: a warning too late is worth nothing */
#define MAYBE 0.15F  /* that it is, by a closer reckoning: where little is sure, that is sooner */
#define CLOSER 0.8F

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

struct sums {
	float y, yy;
	float t, tt, ty;
};

/* Sums over the points after a hinge, of shapes that are 0 there and 1 now, and of shapes times y.
 */
struct after {
	float p[SHAPES], pp[SHAPES], py[SHAPES];
};

/* Of all shapes at once: the innermost loop of all, and it is one over neighbouring floats. */
static void sum_shapes(const struct trend_window *w, float mean, uint32_t hinge, struct after *a)
{
	const struct shape_heights *heights = shape_heights();
	float scale = SHAPE_STEPS / (w->now - w->at[hinge]);

	*a = (struct after){};
	for (uint32_t i = hinge + 1; i < w->n; i++) {
		float at = (w->at[i] - w->at[hinge]) * scale;
		int k = at >= SHAPE_STEPS ? SHAPE_STEPS : (int)at;
		float part = at - (float)k, y = w->low[i] - mean;
		const float *low = heights->at[k], *high = heights->at[k + 1];

		for (size_t s = 0; s < SHAPES; s++) {
			float v = low[s] + part * (high[s] - low[s]);

			a->p[s] += v;
			a->pp[s] += v * v;
			a->py[s] += v * y;
		}
	}
}

/* The same of a straight line at each hinge, but not yet divided by its time. */
struct straight {
	float t[SERIES_ROW], tt[SERIES_ROW], ty[SERIES_ROW];
};

static void sum_straight(const struct trend_window *w, float mean, struct straight *a)
{
	float y = 0, points = 0;

	a->t[w->n - 1] = a->tt[w->n - 1] = a->ty[w->n - 1] = 0;
	for (uint32_t i = w->n - 1; i-- > 0;) {
		float step = w->at[i + 1] - w->at[i];

		y += w->low[i + 1] - mean;
		points++;
		a->ty[i] = a->ty[i + 1] + step * y;
		a->tt[i] = a->tt[i + 1] + step * (2 * a->t[i + 1] + step * points);
		a->t[i] = a->t[i + 1] + step * points;
	}
}

/* Least squares of base + growth * shape, which is 0 up to the hinge and 1 now. */
static void fit_one(const struct trend_window *w, const struct sums *sums, float p, float pp,
		    float py, struct candidate *c)
{
	float n = (float)w->n, spread = pp - p * p / n;

	c->growth = spread > 1e-6F ? py / spread : 0;
	c->base = (sums->y - c->growth * p) / n;
	c->error = fmaxf(0, sums->yy - c->growth * py);
}

static void fit_straight(const struct trend_window *w, const struct sums *sums,
			 const struct straight *a, uint32_t hinge, struct candidate *c)
{
	float scale = 1 / c->elapsed;

	fit_one(w, sums, a->t[hinge] * scale, a->tt[hinge] * scale * scale, a->ty[hinge] * scale,
		c);
}

/* The same beside a season: what that explains of both is left out (Frisch, Waugh and Lovell). */
static void fit_beside(const struct trend_window *w, const struct season *season,
		       const struct sums *sums, uint32_t hinge, struct candidate *c)
{
	float p[SERIES_ROW] = {}, rest[SERIES_ROW], mean = 0, pp = 0, py = 0;

	for (uint32_t i = hinge + 1; i < w->n; i++) {
		p[i] = shape_height(c->shape, (w->at[i] - w->at[hinge]) / c->elapsed);
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

	return u <= 0 ? c->base : c->base + c->growth * shape_height(c->shape, fminf(u, 1));
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
static bool promises(const struct trend_window *w, const struct sums *sums,
		     const struct straight *straight, uint32_t last)
{
	struct candidate c = {.shape = STRAIGHT};

	for (uint32_t hinge = 0; hinge < last; hinge++) {
		c.elapsed = w->now - w->at[hinge];
		fit_straight(w, sums, straight, hinge, &c);
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
	float most = ceiling(w), mean = sums->y / (float)w->n;
	struct straight straight;
	struct after after;
	size_t count = 0;

	sum_straight(w, mean, &straight);
	if (!season && !promises(w, sums, &straight, last))
		return 0;
	for (uint32_t hinge = 0; hinge < last; hinge++) {
		/* A straight line's corner must lie right, or a rounder shape passes for it. */
		bool others = hinge % stride == 0;

		if (others && !season)
			sum_shapes(w, mean, hinge, &after);
		for (size_t s = 0; s < (others ? SHAPES : 1); s++) {
			struct candidate *c = &all[count];

			c->shape = (uint8_t)s;
			c->prior = others ? shapes[s].prior : BETWEEN;
			c->points = (uint8_t)(w->n - hinge);
			c->elapsed = w->now - w->at[hinge];
			if (is_night(w, &shapes[s], c->elapsed))
				continue;
			if (season)
				fit_beside(w, season, sums, hinge, c);
			else if (s == STRAIGHT)
				fit_straight(w, sums, &straight, hinge, c);
			else
				fit_one(w, sums, after.p[s], after.pp[s], after.py[s], c);
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
	float slack, bad = powf(WEIGHT_LEAST, -4 / n);

	for (size_t i = 1; i < count; i++) {
		if (all[i].error < best->error)
			best = &all[i];
	}
	slack = n * (0.25F + 1e-4F * best->growth * best->growth);
	slack += n * LUMPS * stray(w, best);
	for (size_t i = 0; i < count; i++) {
		float ratio = (all[i].error + slack) / (best->error + slack);

		all[i].weight = ratio > bad ? 0 : all[i].prior * powf(ratio, -n / 4);
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

/* When it is as likely as that. */
static float soon(const struct candidate *all, size_t count, float part, float most, float likely)
{
	struct weighed values[LIKELY_MOST];

	for (size_t i = 0; i < count; i++) {
		values[i].value = due(&all[i], part, most);
		values[i].weight = all[i].weight;
	}
	sort(values, count);
	return quantile(values, count, likely);
}

/*
 * How far floors have come to stand over the line, as far as that lasts: what grows at random times
 * goes on from where it is (an autoregression of the errors, of first order).
 */
static float ahead(const struct trend_window *w, const struct candidate *best)
{
	float last = 0, now = 0, squares = 0, products = 0;
	bool any = false;

	for (uint32_t i = 0; i < w->n; i++) {
		if (w->now - w->at[i] > best->elapsed)
			continue;
		now = w->low[i] - line_at(w, best, w->at[i]);
		if (any)
			products += now * last;
		squares += now * now;
		last = now;
		any = true;
	}
	if (squares <= 0 || products <= 0)
		return 0;
	return now * fminf(1, products / squares);
}

static void foresee(const struct trend_window *w, struct candidate *all, size_t count, float over,
		    struct trend *t)
{
	struct weighed etas[LIKELY_MOST];
	float total = 0, ever;

	for (size_t i = 0; i < count; i++) {
		struct candidate *c = &all[i];
		float room = w->limit - t->swing - c->base - over;
		float left = c->elapsed * (shape_reach(c->shape, fmaxf(room / c->growth, 0)) - 1);

		c->eta = fmaxf(left, 0);
		etas[i] = (struct weighed){c->eta, c->weight};
		total += c->weight;
		t->elapsed += c->weight * c->elapsed;
		t->points += c->weight * (float)c->points;
	}
	ever = total;
	t->elapsed /= total;
	t->points /= total;
	t->warning_in = fminf(soon(all, count, w->lead, w->lead_most, LIKELY),
			      soon(all, count, w->lead * CLOSER, w->lead_most * CLOSER, MAYBE));
	t->critical_in = soon(all, count, FINAL, w->final_most, LIKELY);
	sort(etas, count);
	t->eta_high = quantile(etas, count, 0.9F);
	while (count > 1 && isinf(etas[count - 1].value))
		ever -= etas[--count].weight;
	t->never = isinf(etas[count - 1].value) ? 1 : 1 - ever / total;
	if (ever <= EVER_LEAST * total)
		count = 0;
	t->eta_low = quantile(etas, count, 0.1F); /* of those that come, as the estimate is */
	t->eta = quantile(etas, count, 0.5F);
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
	float over;

	*t = (struct trend){};
	if (w->n < POINTS_LEAST + 1)
		return false;
	sums = sums_of(w);
	best = w->day > 0 ? fit_season(w, &sums, all, &count) : fit_plain(w, &sums, all, &count);
	if (!best)
		return false;
	t->growth = best->growth;
	t->base = best->base;
	t->swing = top_swing(w, best);
	t->fit = 1 - best->error / sums.yy;
	t->spread = spread_of(w, best->elapsed);
	over = ahead(w, best);
	count = keep_likely(all, count);
	foresee(w, all, count, over, t);
	return true;
}
