/* SPDX-License-Identifier: BSD-2-Clause */
/* Places that descriptors are opened at, as the daemon tells them. */
#ifndef FDWATCH_SITE_H
#define FDWATCH_SITE_H

#include <jansson.h>

#include "report.h"

/* One place: what it left open, the frames that lead to it, and examples. */
void site_report(struct report *report, const json_t *site);

/*
 * Which of its frames is the place that people look for: as the daemon says or, of one that does
 * not, the innermost of the program's own. 0 where there is none.
 */
size_t site_own_frame(const json_t *site);

/* Those of an answer: its places, and what is known of the rest. */
void sites_report(struct report *report, const json_t *answer);

#endif
