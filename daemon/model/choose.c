/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/choose.h"

#include <math.h>

#include "model/combine.h"
#include "model/forecast.h"

#define FAMILIAR 0.1F      /* of the weight: where more has seen it come back, it alarms no more */
#define LOAD_NEAR 0.8      /* of the limit: so near, load is worth an alarm too */
#define KEPT 0.97F         /* of a growth, for an alarm */
#define CERTAIN 1.5        /* times its near bound: what is expected then is known well */
#define CERTAIN_LEAD 0.47F /* of the time gone by: a warning comes with so much left */
#define ALL_LEAD 0.8F      /* and where it is not known well */
#define AHEAD 20.0F        /* of its time gone by: a growth that has longer to go is none yet */

/* All that there is to know of a process when an outlook is judged. */
struct scene {
	const struct outlook *outlooks;
	const struct series *series;
	const struct load *load;
	const struct alarm_thresholds *thresholds;
	float limit;
	float sensitivity;
	bool asked; /* all outlooks, for what follows */
	bool familiar;
	struct forecast_eta all;
};

/* Seconds to the next sample. */
static float step(const struct series *s)
{
	return (float)((double)(s->last - s->previous) / 1e6);
}

/* Whether what was to be in `in` seconds then has come, or comes before the next sample. */
static bool has_come(const struct series *s, const struct outlook *o, float in)
{
	return (float)((double)(s->last - o->at) / 1e6) + step(s) >= in;
}

/* A finer look at the same growth knows better, and one at its end whether it has ended. */
static bool is_denied(const struct scene *scene, unsigned int which)
{
	const struct outlook *o = &scene->outlooks[which];

	for (unsigned int i = 0; i < which; i++) {
		const struct outlook *fine = &scene->outlooks[i];
		const struct trend *t = &fine->trend;

		if (!outlook_is_fresh(fine, scene->series) || !fine->unusual ||
		    t->fit < o->trend.fit - 0.05F)
			continue;
		if (fine->whole && t->elapsed > 0.6F * o->trend.elapsed &&
		    t->points > 1.5F * o->trend.points &&
		    !has_come(scene->series, fine, t->warning_in))
			return true;
		if (o->trend.elapsed < OUTLOOK_NIGHTS && t->elapsed > o->trend.elapsed / 10 &&
		    t->points > 20 && t->spread >= OUTLOOK_SPREAD && isinf(t->eta_low))
			return true;
	}
	return false;
}

/*
 * Whether the count still stands where its growth leads, within a sample: or it has gone back, as
 * peaks do each time.
 */
static bool is_kept(const struct scene *scene, const struct outlook *o)
{
	const struct trend *t = &o->trend;
	float part = KEPT - fminf(step(scene->series) / t->elapsed, 1);

	return o->peaks || (float)scene->series->live >= t->base + t->growth * part;
}

static bool is_load(const struct scene *scene, const struct outlook *o)
{
	const struct trend *t = &o->trend;

	return scene->load && scene->series->live < LOAD_NEAR * (double)scene->limit &&
	       load_explains(scene->load, scene->series->last, t->base, t->growth, t->elapsed);
}

/* Whether too many have seen such growth come back. */
static bool is_familiar(const struct scene *scene)
{
	float all = 0, familiar = 0;

	for (unsigned int i = 0; i < OUTLOOKS; i++) {
		const struct outlook *o = &scene->outlooks[i];

		if (!outlook_is_fresh(o, scene->series))
			continue;
		all += outlook_weight(o);
		familiar += o->familiar ? outlook_weight(o) : 0;
	}
	return familiar > FAMILIAR * scene->sensitivity * all;
}

/* What all say together, once for however many alarm. */
static void ask_all(struct scene *scene)
{
	if (scene->asked)
		return;
	scene->asked = true;
	scene->familiar = is_familiar(scene);
	combine_etas(scene->outlooks, scene->series, scene->limit, &scene->all);
}

/* Whether the limit does, as all say, or before the next sample then. */
static bool comes_within(const struct scene *scene, float seconds)
{
	return (float)scene->all.eta - step(scene->series) <= seconds;
}

/* Seconds that are left for a warning, as a part of the time that has gone by. */
static float lead(const struct scene *scene, const struct outlook *o, float part)
{
	return fminf(part * scene->sensitivity * (o->trend.elapsed + step(scene->series)),
		     OUTLOOK_LEAD_MOST);
}

/*
 * By the rule of one and of all, where none knows well: the later it is, the surer. What all agree
 * on can wait, since it won't be late. Or so long before the limit, or never by time.
 */
static bool is_warning(const struct scene *scene, const struct outlook *o)
{
	const struct alarm_threshold *own = &scene->thresholds->warning;

	if (own->seconds > 0)
		return comes_within(scene, (float)own->seconds);
	if (own->level > 0)
		return false;
	if (scene->all.eta <= CERTAIN * scene->all.low)
		return comes_within(scene, lead(scene, o, CERTAIN_LEAD));
	return has_come(scene->series, o, o->trend.warning_in) ||
	       comes_within(scene, lead(scene, o, ALL_LEAD));
}

static bool is_critical(const struct scene *scene, const struct outlook *o)
{
	const struct alarm_threshold *own = &scene->thresholds->critical;

	if (own->seconds > 0)
		return comes_within(scene, (float)own->seconds);
	return own->level <= 0 && has_come(scene->series, o, o->trend.critical_in);
}

/* Whether it warns, too. */
static bool weigh(struct scene *scene, unsigned int which, struct alarm_evidence *e)
{
	const struct outlook *o = &scene->outlooks[which];
	bool warning, critical;

	e->growing |= o->steady && o->trend.eta < AHEAD * o->trend.elapsed;
	if (!o->alarming || !is_kept(scene, o))
		return false;
	ask_all(scene);
	if (scene->familiar || is_denied(scene, which) || is_load(scene, o))
		return false;
	critical = is_critical(scene, o);
	warning = critical || is_warning(scene, o);
	e->warning |= warning;
	e->critical |= critical;
	return warning;
}

const struct outlook *choose_outlook(const struct outlook *outlooks, const struct series *series,
				     uint64_t limit, const struct load *load,
				     const struct alarm_thresholds *thresholds,
				     struct alarm_evidence *e)
{
	struct scene scene = {.outlooks = outlooks,
			      .series = series,
			      .load = load,
			      .thresholds = thresholds,
			      .limit = (float)limit,
			      .sensitivity = alarm_sensitivity(thresholds)};
	const struct outlook *chosen = NULL;
	float best = 0;

	for (unsigned int i = 0; i < OUTLOOKS; i++) {
		const struct outlook *o = &outlooks[i];
		float value;

		if (!outlook_is_fresh(o, series))
			continue;
		value = o->worth + weigh(&scene, i, e); /* what alarms is what is told */
		if (value > best) {
			best = value;
			chosen = o;
		}
	}
	if (!chosen)
		return NULL;
	e->base = chosen->trend.base;
	e->growth = chosen->trend.growth;
	e->elapsed = chosen->trend.elapsed;
	return chosen;
}
