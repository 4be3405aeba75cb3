/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a process is done with a descriptor, over its life in fixed memory. By Little's law
 * what is in work is that rate times how long each is held: so a growth that came with as much more
 * closing is load and no leak. A leak's own opens are not in it, however fast it goes. Times are as
 * in a series.
 */
#ifndef FDWATCH_MODEL_LOAD_H
#define FDWATCH_MODEL_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_LEVELS 18
#define LOAD_MARKS 8

/* The total as each bucket of 2^level seconds began. Totals wrap: only differences are used. */
struct load {
	bool begun;
	uint64_t at; /* the last look */
	uint32_t closed;
	uint32_t n[LOAD_LEVELS];
	uint32_t index[LOAD_LEVELS]; /* of the newest bucket */
	uint32_t marks[LOAD_LEVELS][LOAD_MARKS];
};

/* At `t`: so many closed since the first look. */
void load_add(struct load *load, uint64_t t, uint64_t closed);

/*
 * Whether load explains a growth from `base` by `growth` in `elapsed` seconds up to `t`, when it
 * was last added to; never where little was closed meanwhile.
 */
bool load_explains(const struct load *load, uint64_t t, float base, float growth, float elapsed);

#endif
