/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/combine.h"

#include <math.h>

#include "model/forecast.h"
#include "model/pace.h"

#define PACE 0.6         /* as much as all outlooks together that the whole growth's counts for */
#define PACE_APART 3     /* times it may differ */
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

/* What is far from all others is taken for less far, so that it can't move them much. */
static double clamp(double eta, double mean)
{
	return fmin(fmax(eta, mean / PACE_APART), mean * PACE_APART);
}

void combine_etas(const struct outlook *outlooks, const struct series *s, float limit,
		  struct forecast_eta *eta)
{
	struct sums sums = {};
	double low, high, pace, spread;

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
	pace = pace_eta(s, limit);
	if (isfinite(pace))
		add(&sums, PACE * sums.ends, clamp(pace, exp(sums.eta / sums.ends)));
	sums.eta /= sums.ends;
	spread = sqrt(fmax(0, sums.square / sums.ends - sums.eta * sums.eta));
	eta->eta = exp(sums.eta);
	eta->low = exp(fmin(low, sums.eta) - DISAGREEMENT * spread);
	eta->high = exp(fmax(high, sums.eta) + DISAGREEMENT * spread);
}
