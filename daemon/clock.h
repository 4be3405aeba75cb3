/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as the daemon counts it. */
#ifndef FDWATCH_CLOCK_H
#define FDWATCH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In microseconds; what is before the epoch is there. */
static inline uint64_t timespec_usec(const struct timespec *time)
{
	return time->tv_sec < 0 ? 0
				: (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_nsec / 1000;
}

/* What a clock shows, in microseconds. */
static inline uint64_t clock_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return timespec_usec(&now);
}

#endif
