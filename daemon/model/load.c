// SPDX-License-Identifier: BSD-2-Clause
#include "model/load.h"

#include <math.h>
#include <string.h>

#define TURNOVER \
	3.0F /* closed in a growth's time for each that is open: held briefly beside it \
	      */
#define RISE_LEAST 0.15F /* of the rate: any rate moves by less */
#define SHARE 0.75F      /* of the growth that the rate explains: it is seen a little late */

/* `steps` buckets have begun up to `t`, and `came` came meanwhile: evenly, as far as was seen. */
static void push(struct load *l, unsigned int level, uint32_t steps, uint64_t t, uint32_t came)
{
	uint32_t *marks = l->marks[level];
	uint32_t fresh = steps < LOAD_MARKS ? steps : LOAD_MARKS, kept = LOAD_MARKS - fresh;
	uint64_t width = 1000000ULL << level, begin;

	if (kept > l->n[level])
		kept = l->n[level];
	memmove(marks, marks + (l->n[level] - kept), kept * sizeof(marks[0]));
	for (uint32_t i = 0; i < fresh; i++) {
		begin = ((uint64_t)l->index[level] + steps - fresh + i + 1) * width;
		marks[kept + i] = l->closed + (uint32_t)((double)came * (double)(begin - l->at) /
							 (double)(t - l->at));
	}
	l->n[level] = kept + fresh;
}

void load_add(struct load *l, uint64_t t, uint64_t closed)
{
	uint32_t index = (uint32_t)(t / 1000000);

	for (unsigned int level = 0; level < LOAD_LEVELS; level++, index /= 2) {
		uint32_t steps = index - l->index[level];

		if (l->begun && !steps)
			break;
		if (l->begun)
			push(l, level, steps, t, (uint32_t)closed - l->closed);
		l->index[level] = index;
	}
	l->closed = (uint32_t)closed;
	l->begun = true;
	l->at = t;
}

bool load_explains(const struct load *l, uint64_t t, float base, float growth, float elapsed)
{
	for (unsigned int level = 0; level < LOAD_LEVELS; level++) {
		float width = ldexpf(1, (int)level), span, before, now;
		uint32_t n = l->n[level], back = (uint32_t)ceilf(fminf(elapsed / width, 1e6F));
		const uint32_t *marks = l->marks[level];
		uint32_t begin, first;

		if (back < 2 || n < back + 1)
			continue;
		begin = n - 1 - back;
		first = begin ? begin - 1 : 0; /* the bucket before it, or its own first */
		if ((float)(l->closed - marks[begin]) < TURNOVER * (base + growth))
			return false;
		before = fmaxf((float)(marks[first + 1] - marks[first]), 1) / width;
		span = (float)((double)t / 1e6 - ((double)l->index[level] - 1) * (double)width);
		now = (float)(l->closed - marks[n - 2]) / span;
		return now - before >= RISE_LEAST * now &&
		       (now - before) * (base + growth) >= SHARE * growth * now;
	}
	return false;
}
