/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each row of a process's history says of its future: windows from seconds to weeks, each as
 * it is and once more with what comes and goes taken out.
 */
#ifndef FDWATCH_MODEL_OUTLOOK_H
#define FDWATCH_MODEL_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/series.h"
#include "model/trend.h"

#define OUTLOOK_LEAD_MOST 27000.0F /* seconds: 6 h, and a quarter for what is not known */
#define OUTLOOK_NIGHTS 50400.0F    /* seconds, 14 h: longer growths stand still by night */
#define OUTLOOK_SPREAD 3.5F        /* parts of 8: three steps are no trend */

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
	bool familiar; /* not even more than that */
	bool steady;   /* a growth that goes on, whatever it will come to */
	bool alarming; /* its evidence is good enough for an alarm */
	bool whole;    /* its window saw the growth begin */
	bool peaks;    /* it is of tops, where floors stay */
};

/* Whether it still says something. */
bool outlook_is_fresh(const struct outlook *outlook, const struct series *series);

/* How much it counts among others. */
static inline float outlook_weight(const struct outlook *outlook)
{
	return outlook->worth * outlook->worth;
}

/* Looks anew at a row that has begun a bucket. `outlooks` are OUTLOOKS, zeroed before the first. */
void outlook_look(struct outlook *outlooks, const struct series *series, unsigned int level,
		  uint64_t limit, float sensitivity);

#endif
