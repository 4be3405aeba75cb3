/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/combine.h"

#include <math.h>

#include "model/forecast.h"

#define LIFE 0.15        /* as much as all outlooks together that its life's own pace counts for */
#define LIFE_APART 3     /* times it may differ */
#define END_LEAST 0.1    /* of the weight must have an end in sight */
#define HIGH_LEAST 0.5   /* and must say how late it may be */
#define NEAREST 0.01     /* of its time gone by: nearer, one outlook is too near to be right */
#define LOW_LEAST 0.01   /* of the estimate: nearer is as near */
#define DISAGREEMENT 0.3 /* standard deviations of the estimates that the interval is wider */

/* Sums over outlooks, each by its weight. */
struct sums {
	double all, ends, highs; /* weights: of all, with an eta, and with a bound above it */
	double eta, square, low, high;
	bool overdue; /* one was wrong: by it the limit would have been met */
};

static void add(struct sums *sums, double weight, double eta)
{
	sums->ends += weight;
	sums->eta += weight * log(eta);
	sums->square += weight * log(eta) * log(eta);
}

static void add_outlook(struct sums *sums, const struct outlook *o, const struct series *s)
{
	double since = (double)(s->last - o->at) / 1e6, w = outlook_weight(o);
	double eta = o->trend.eta - since, high = o->trend.eta_high - since;

	if (eta <= 0) {
		sums->overdue = true;
		return;
	}
	eta = fmax(eta, NEAREST * o->trend.elapsed);
	sums->all += w;
	if (isinf(eta))
		return;
	add(sums, w, eta);
	sums->low += w * log(fmax(o->trend.eta_low - since, LOW_LEAST * eta));
	if (isinf(high))
		return;
	sums->highs += w;
	sums->high += w * log(fmax(high, eta));
}

/* The finest row that holds the whole life. */
static const struct series_row *whole_row(const struct series *s, unsigned int *level)
{
	for (*level = 0; *level < SERIES_LEVELS - 1; ++*level) {
		if (s->pyramid->rows[*level].n < SERIES_ROW)
			break;
	}
	return &s->pyramid->rows[*level];
}

/* By how floors rose over the later half of its life. INFINITY: they did not. */
static double life_eta(const struct series *s, double limit)
{
	unsigned int level;
	const struct series_row *row = whole_row(s, &level);
	uint32_t low = UINT32_MAX, now, half = row->n / 2;
	double elapsed;

	if (row->n < 3)
		return INFINITY;
	for (uint32_t i = half; i < row->n; i++)
		low = row->low[i] < low ? row->low[i] : low;
	now = row->low[row->n - 1];
	if (row->low[row->n - 2] < now)
		now = row->low[row->n - 2];
	if (now <= low || now >= limit)
		return INFINITY;
	elapsed = ldexp((double)(row->index[row->n - 1] - row->index[half]) + 0.5, (int)level);
	return (limit - now) / (now - low) * elapsed;
}

/* What is far from all others is taken for less far, so that it can't move them much. */
static double clamp(double eta, double mean)
{
	return fmin(fmax(eta, mean / LIFE_APART), mean * LIFE_APART);
}

void combine_etas(const struct outlook *outlooks, const struct series *s, float limit,
		  struct forecast_eta *eta)
{
	struct sums sums = {};
	double low, high, life, spread;

	for (unsigned int i = 0; i < OUTLOOKS; i++) {
		if (outlook_is_fresh(&outlooks[i], s))
			add_outlook(&sums, &outlooks[i], s);
	}
	*eta = (struct forecast_eta){INFINITY, INFINITY, INFINITY};
	if (sums.overdue && sums.all <= 0)
		*eta = (struct forecast_eta){0, 0, 0};
	if (sums.ends <= 0 || sums.ends < END_LEAST * sums.all)
		return;
	low = sums.low / sums.ends;
	high = sums.highs > HIGH_LEAST * sums.all ? sums.high / sums.highs : INFINITY;
	life = life_eta(s, limit);
	if (isfinite(life))
		add(&sums, LIFE * sums.ends, clamp(life, exp(sums.eta / sums.ends)));
	sums.eta /= sums.ends;
	spread = sqrt(fmax(0, sums.square / sums.ends - sums.eta * sums.eta));
	eta->eta = exp(sums.eta);
	eta->low = exp(fmin(low, sums.eta) - DISAGREEMENT * spread);
	eta->high = exp(fmax(high, sums.eta) + DISAGREEMENT * spread);
}
