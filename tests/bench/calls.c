/* SPDX-License-Identifier: BSD-2-Clause */
/* What calls cost: prints the least nanoseconds of several rounds for each kind, one line a kind.
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

static double least(void (*call)(void))
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double begin = now(), each;

		for (int i = 0; i < CALLS; i++)
			call();
		each = (now() - begin) / CALLS;
		if (each < best)
			best = each;
	}
	return best;
}

int main(void)
{
	printf("unrelated %.1f\n", least(unrelated));
	printf("open+close %.1f\n", least(open_close));
	printf("dup+close %.1f\n", least(dup_close));
	return 0;
}
