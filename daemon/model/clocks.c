// SPDX-License-Identifier: BSD-2-Clause
#include "model/clocks.h"

#define SECOND 1000000
#define LONG (SECOND / 10) /* between the readings: the clocks are not of one moment */

void clocks_look(struct clocks *c, const struct clocks_reading *now)
{
	int64_t wall = (int64_t)(now->real - now->boot);
	uint64_t asleep = now->boot > now->awake ? now->boot - now->awake : 0;

	c->stepped = 0;
	c->slept = 0;
	if (now->after - now->boot > LONG)
		return;
	if (!c->looked) {
		c->looked = true;
		c->wall = wall;
		c->asleep = asleep;
	}
	if (wall - c->wall >= SECOND || c->wall - wall >= SECOND) {
		c->stepped = wall - c->wall;
		c->wall = wall;
	}
	if (asleep >= c->asleep + SECOND) {
		c->slept = asleep - c->asleep;
		c->asleep = asleep;
	}
}
