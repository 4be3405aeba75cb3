/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and closes, five calls deep, for as long as it is asked: a line on standard input is
 * answered by the least nanoseconds that one open and close took.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CALLS 400 /* some of the rounds pass between two turns of the scheduler */
#define ROUNDS 300

#define DEEPER(name, inner) \
	__attribute__((noinline)) static int name(void) \
	{ \
		int fd = inner(); \
\
		__asm__ volatile("" : "+r"(fd)); /* no tail call */ \
		return fd; \
	}

__attribute__((noinline)) static int innermost(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	__asm__ volatile("" : "+r"(fd));
	return fd;
}

DEEPER(fourth, innermost)
DEEPER(third, fourth)
DEEPER(second, third)
DEEPER(first, second)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double least(void)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double begin = now(), each;

		for (int i = 0; i < CALLS; i++)
			close(first());
		each = (now() - begin) / CALLS;
		if (each < best)
			best = each;
	}
	return best;
}

int main(void)
{
	char line[16];

	while (fgets(line, sizeof(line), stdin)) {
		first(); /* stays open, so that its place can be asked for */
		printf("%.1f\n", least());
		fflush(stdout);
	}
	return 0;
}
