/* SPDX-License-Identifier: BSD-2-Clause */
/* Which outlook to believe, and whether what all of them say is worth an alarm. */
#ifndef FDWATCH_MODEL_CHOOSE_H
#define FDWATCH_MODEL_CHOOSE_H

#include <stdint.h>

#include "model/alarm.h"
#include "model/load.h"
#include "model/outlook.h"

/*
 * The best supported outlook (NULL: none), and in `evidence` whether any of them alarms. What the
 * load explains (NULL: not known) alarms only near the limit.
 */
const struct outlook *choose_outlook(const struct outlook *outlooks, const struct series *series,
				     uint64_t limit, const struct load *load,
				     const struct alarm_thresholds *thresholds,
				     struct alarm_evidence *evidence);

#endif
