/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "model/forecast.h"

static void judge_fdwatch(const struct rule *rule, const struct sample *samples, size_t n,
			  struct verdict *verdicts)
{
	const struct alarm_thresholds thresholds = {.sensitivity = rule->sensitivity};
	struct forecast *f = forecast_new();

	if (!f)
		abort();
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &samples[i];

		struct forecast_sample sample = {
			.t = (uint64_t)(s->t * 1e6),
			.live = (uint32_t)s->live,
			.limit = (uint64_t)s->limit,
			.totals_known = rule->totals && !isnan(s->opened),
		};

		if (sample.totals_known) {
			sample.opened = (uint64_t)s->opened;
			sample.closed = (uint64_t)s->closed;
		}
		if (forecast_add(f, &sample, &thresholds))
			abort();
		verdicts[i].alarm = forecast_state(f) >= STATE_WARNING;
		verdicts[i].eta = forecast_eta(f).eta;
	}
	forecast_free(f);
}

/* Sums for a straight line through the samples of a window, as predict_linear fits it. */
struct line {
	double n, t, y, tt, ty;
};

static void line_add(struct line *l, double t, double y, double sign)
{
	l->n += sign;
	l->t += sign * t;
	l->y += sign * y;
	l->tt += sign * t * t;
	l->ty += sign * t * y;
}

/* Prometheus: predict_linear(live[window], horizon) > limit, for: hold. */
static void judge_linear(const struct rule *rule, const struct sample *samples, size_t n,
			 struct verdict *verdicts)
{
	struct line l = {};
	double since = NAN;

	for (size_t i = 0, first = 0; i < n; i++) {
		const struct sample *s = &samples[i];
		double spread, slope, now;

		line_add(&l, s->t, s->live, 1);
		while (samples[first].t < s->t - rule->window) {
			line_add(&l, samples[first].t, samples[first].live, -1);
			first++;
		}
		spread = l.n * l.tt - l.t * l.t;
		slope = l.n < 2 || spread <= 0 ? 0 : (l.n * l.ty - l.t * l.y) / spread;
		now = (l.y - slope * l.t) / l.n + slope * s->t;
		verdicts[i].eta = slope > 1e-12 ? fmax(0, (s->limit - now) / slope) : NAN;
		if (now + slope * rule->horizon < s->limit)
			since = NAN;
		else if (isnan(since))
			since = s->t;
		verdicts[i].alarm = !isnan(since) && s->t - since >= rule->hold;
	}
}

static void judge_level(const struct rule *rule, const struct sample *samples, size_t n,
			struct verdict *verdicts)
{
	for (size_t i = 0; i < n; i++) {
		verdicts[i].alarm = samples[i].live >= rule->level * samples[i].limit;
		verdicts[i].eta = NAN;
	}
}

const struct rule rules[] = {
	{.name = "fdwatch, count alone", .judge = judge_fdwatch},
	{.name = "fdwatch, with totals", .judge = judge_fdwatch, .totals = true},
	{.name = "predict_linear[1h], 4h, for 10m",
	 .judge = judge_linear,
	 .window = 3600,
	 .horizon = 4 * 3600,
	 .hold = 600},
	{.name = "predict_linear[15m], 1h, for 5m",
	 .judge = judge_linear,
	 .window = 900,
	 .horizon = 3600,
	 .hold = 300},
	{.name = "predict_linear[6h], 24h, for 1h",
	 .judge = judge_linear,
	 .window = 6 * 3600,
	 .horizon = 24 * 3600,
	 .hold = 3600},
	{.name = "level 0.60", .judge = judge_level, .level = 0.60},
	{.name = "level 0.70", .judge = judge_level, .level = 0.70},
	{.name = "level 0.75", .judge = judge_level, .level = 0.75},
	{.name = "level 0.80", .judge = judge_level, .level = 0.80},
	{.name = "level 0.90", .judge = judge_level, .level = 0.90},
};
const size_t rule_count = sizeof(rules) / sizeof(rules[0]);

const struct rule curve[] = {
	{.name = "fdwatch, sensitivity 0.5", .judge = judge_fdwatch, .sensitivity = 0.5},
	{.name = "fdwatch, sensitivity 0.7", .judge = judge_fdwatch, .sensitivity = 0.7},
	{.name = "fdwatch, sensitivity 0.85", .judge = judge_fdwatch, .sensitivity = 0.85},
	{.name = "fdwatch, sensitivity 1.2", .judge = judge_fdwatch, .sensitivity = 1.2},
	{.name = "fdwatch, sensitivity 1.5", .judge = judge_fdwatch, .sensitivity = 1.5},
	{.name = "fdwatch, sensitivity 2.5", .judge = judge_fdwatch, .sensitivity = 2.5},
};
const size_t curve_count = sizeof(curve) / sizeof(curve[0]);
