/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bent lines that growth may follow: each is 0 where it begins and 1 now, and goes on from
 * there.
 */
#ifndef FDWATCH_MODEL_SHAPE_H
#define FDWATCH_MODEL_SHAPE_H

#include <stddef.h>

#define SHAPES 16
#define SHAPE_STEPS 64
#define STRAIGHT 0 /* the first of them */

enum bend { POWER, FASTER, SLOWER, CREST, STOPPED };

/* prior: a straight line is likelier than any one bend (Occam); the rest share alike. */
struct shape {
	enum bend bend;
	float by;
	float prior;
};

extern const struct shape shapes[SHAPES];

/* Of all shapes at each step from 0 to 1, and once more after it. */
struct shape_heights {
	float at[SHAPE_STEPS + 2][SHAPES];
};

const struct shape_heights *shape_heights(void);

/* At `u` from 0 to 1, by the table. */
float shape_height(size_t shape, float u);

/* Where a shape reaches `z` times its height at 1; INFINITY: never. */
float shape_reach(size_t shape, float z);

#endif
