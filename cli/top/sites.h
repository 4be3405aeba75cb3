/* SPDX-License-Identifier: BSD-2-Clause */
/* Call sites as rows, and as lines. */
#ifndef FDWATCH_TOP_SITES_H
#define FDWATCH_TOP_SITES_H

#include <jansson.h>

#include "text.h"
#include "top/pager.h"
#include "top/rows.h"

/* NULL where the answer is none of /v1/sites, or without memory; `processes` (may be NULL) tell
 * user and unit.
 */
struct rows *sites_read(const json_t *answer, const struct rows *processes);

/* "load server.py:42", or what is known of it. */
void sites_frame(struct text *text, const json_t *frame);

/* The frame that people look for, those that called it behind. */
void sites_place(struct text *text, const json_t *site);

/*
 * The sites of one process, as `answer` has them: counts, ages, frames, examples. `age` says how
 * old they are, "" where they are of now. Paths that are too long for the width lose their head.
 */
void sites_page(struct pager *pager, const json_t *answer, const char *age, size_t width);

/* Why an answer has none. */
const char *sites_none(const json_t *answer);

#endif
