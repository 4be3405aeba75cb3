/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as the daemon counts it. */
#ifndef FDWATCH_CLOCK_H
#define FDWATCH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* What a clock shows, in microseconds. */
static inline uint64_t clock_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#endif
