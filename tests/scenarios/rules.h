/* SPDX-License-Identifier: BSD-2-Clause */
/* Alarm rules over a trace: fdwatch's forecast, and what people deploy today. */
#ifndef FDWATCH_SCENARIOS_RULES_H
#define FDWATCH_SCENARIOS_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct sample {
	double t; /* seconds */
	double live;
	double limit;
	double opened, closed; /* NAN: not known */
};

struct verdict {
	bool alarm;
	double eta; /* seconds; NAN where the rule has no forecast */
};

/* Judges all samples in order: verdicts[i] is what is known once samples[0..i] are. */
struct rule {
	const char *name;
	void (*judge)(const struct rule *rule, const struct sample *samples, size_t n,
		      struct verdict *verdicts);
	double window;  /* seconds looked back */
	double horizon; /* seconds looked ahead */
	double hold;    /* seconds it has to be true before it alarms */
	double level;   /* part of the limit */
	double sensitivity;
	bool totals; /* opened and closed are used, where known */
};

/* The first is fdwatch as it is. The curve is fdwatch from wary to careless. */
extern const struct rule rules[];
extern const size_t rule_count;
extern const struct rule curve[];
extern const size_t curve_count;

#endif
