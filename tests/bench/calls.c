/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What calls cost: prints the least nanoseconds of several rounds for each kind, one line a kind.
 * usage: calls [HOW MANY A ROUND]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLS 40000
#define ROUNDS 12

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void unrelated(void)
{
	syscall(SYS_getppid);
}

static void open_close(void)
{
	close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void dup_close(void)
{
	close(dup(STDIN_FILENO));
}

static double least(void (*call)(void), long calls)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double begin = now(), each;

		for (long i = 0; i < calls; i++)
			call();
		each = (now() - begin) / (double)calls;
		if (each < best)
			best = each;
	}
	return best;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? strtol(argv[1], NULL, 10) : CALLS;

	if (calls <= 0)
		return 2;
	printf("unrelated %.1f\n", least(unrelated, calls));
	printf("open+close %.1f\n", least(open_close, calls));
	printf("dup+close %.1f\n", least(dup_close, calls));
	return 0;
}
