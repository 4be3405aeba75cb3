/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each row of a process's history says of its future, and which of them to believe: windows
 * from seconds to weeks, each as it is and once more with what comes and goes taken out.
 */
#ifndef FDWATCH_MODEL_OUTLOOK_H
#define FDWATCH_MODEL_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/alarm.h"
#include "model/load.h"
#include "model/series.h"
#include "model/trend.h"

#define OUTLOOK_VARIANTS 2
#define OUTLOOKS (SERIES_LEVELS * OUTLOOK_VARIANTS)

/* What a level's last look said, in seconds. */
struct outlook {
	uint64_t at;
	uint64_t until; /* then it is too old */
	struct trend trend;
	float worth; /* how much it is to be believed, beside others */
	bool evident;
	bool unusual;  /* more than what came and went before */
	bool steady;   /* a growth that goes on, whatever it will come to */
	bool alarming; /* its evidence is good enough for an alarm */
	bool whole;    /* its window saw the growth begin */
};

/* Looks anew at a row that has begun a bucket. `outlooks` are OUTLOOKS, zeroed before the first. */
void outlook_look(struct outlook *outlooks, const struct series *series, unsigned int level,
		  uint64_t limit, float sensitivity);

/*
 * The best supported outlook (NULL: none), and in `evidence` whether any of them alarms. What the
 * load explains (NULL: not known) alarms only near the limit.
 */
const struct outlook *outlook_choose(const struct outlook *outlooks, const struct series *series,
				     uint64_t limit, const struct load *load,
				     const struct alarm_thresholds *thresholds,
				     struct alarm_evidence *evidence);

#endif
