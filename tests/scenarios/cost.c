/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: cost
 *
 * Processor time that the forecasts of 10,000 processes take a poll (of 1 s, over 4 minutes), for
 * processes of one kind each and for a host's mixture, and the memory they take.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/forecast.h"

#define PROCESSES 10000
#define POLLS 240
#define LIMIT 1024

enum kind { FLAT, QUIET, BUSY, LEAK };

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint32_t noise(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 16;
}

static uint32_t live(enum kind kind, size_t process, uint32_t poll)
{
	switch (kind) {
	case FLAT:
		return 40 + (uint32_t)(process % 100);
	case QUIET:
		return 40 + noise() % 4;
	case BUSY:
		return 200 + noise() % 100;
	case LEAK:
		break;
	}
	return 40 + noise() % 4 + (poll * 900) / POLLS;
}

/* The kinds in a hundred, one after the other. */
static enum kind kind_of(size_t process, const unsigned int parts[4])
{
	unsigned int at = process % 100, kind = 0;

	while (kind < LEAK && at >= parts[kind])
		at -= parts[kind++];
	return (enum kind)kind;
}

static void measure(const char *name, const unsigned int parts[4])
{
	static struct forecast *f[PROCESSES];
	static uint32_t counts[PROCESSES];
	double spent = 0, worst = 0;
	size_t bytes = 0;

	for (size_t i = 0; i < PROCESSES; i++) {
		f[i] = forecast_new();
		if (!f[i])
			abort();
	}
	for (uint32_t poll = 0; poll < POLLS; poll++) {
		double begin, took;

		for (size_t i = 0; i < PROCESSES; i++)
			counts[i] = live(kind_of(i, parts), i, poll);
		begin = milliseconds();
		for (size_t i = 0; i < PROCESSES; i++) {
			struct forecast_sample sample = {
				.t = (poll + 1 + i * 61) * 1000000ULL,
				.live = counts[i],
				.limit = LIMIT,
			};

			if (forecast_add(f[i], &sample, NULL))
				abort();
		}
		took = milliseconds() - begin;
		spent += took;
		worst = fmax(worst, took);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		bytes += forecast_bytes(f[i]);
		forecast_free(f[i]);
	}
	printf("%-44s %8.2f %8.2f %8zu\n", name, spent / POLLS, worst, bytes / PROCESSES);
}

int main(void)
{
	printf("%-44s %8s %8s %8s\n", "10,000 processes", "ms/poll", "worst", "bytes each");
	fflush(stdout);
	measure("flat", (const unsigned int[]){100, 0, 0, 0});
	measure("quiet", (const unsigned int[]){0, 100, 0, 0});
	measure("a host: 60 flat, 30 quiet, 9 busy, 1 leaks", (const unsigned int[]){60, 30, 9, 1});
	measure("busy", (const unsigned int[]){0, 0, 100, 0});
	measure("leaking", (const unsigned int[]){0, 0, 0, 100});
	return 0;
}
