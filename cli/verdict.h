/* SPDX-License-Identifier: BSD-2-Clause */
/* How the host's descriptors stand, as monitoring systems want to be told: a level and a line. */
#ifndef FDWATCH_VERDICT_H
#define FDWATCH_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* A monitoring plugin's exit statuses. */
enum verdict_level { VERDICT_OK, VERDICT_WARNING, VERDICT_CRITICAL, VERDICT_UNKNOWN };

/* A time to exhaustion, or a part of the limit; both 0: not asked for. */
struct verdict_threshold {
	double seconds;
	double level;
};

struct verdict_wanted {
	struct verdict_threshold warning, critical; /* neither: by the daemon's own states */
};

/* One process, or a limit that processes share. */
struct verdict_subject {
	const json_t *object; /* NULL: none yet */
	enum verdict_level level;
	bool shared;
	double usage; /* 0 to 1 and beyond */
	double eta;   /* seconds; INFINITY: none in sight */
};

/* All zero is an empty one. Objects are borrowed. */
struct verdict {
	struct verdict_subject worst;   /* by level, then time left, then usage */
	struct verdict_subject fullest; /* by usage, of processes */
	double least_eta;               /* of processes; 0 and no worst: none yet */
	unsigned long processes, counts[VERDICT_UNKNOWN];
};

/* Adds each of the socket's processes and shared limits; the silenced are left out. */
void verdict_add(struct verdict *verdict, const struct verdict_wanted *wanted,
		 const json_t *processes, const json_t *limits);

/* "FDWATCH OK - … | …" and a line end. Returns the level. */
enum verdict_level verdict_print(const struct verdict *verdict, const struct verdict_wanted *wanted,
				 FILE *out);

#endif
