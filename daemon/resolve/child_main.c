// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "resolve/child.h"
#include "resolve/names.h"
#include "resolve/resolve.h"
#include "resolve/sandbox.h"

#define MEMORY_ENOUGH (SANDBOX_MEMORY / 3)   /* bytes; then a new process goes on */
#define CPU_ENOUGH (SANDBOX_CPU_SECONDS / 2) /* seconds */

/* What was read stays in memory, so every now and then a new process begins with little. */
static bool spent(void)
{
	struct mallinfo2 memory = mallinfo2();
	struct timespec cpu = {};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	return memory.arena + memory.hblkhd > MEMORY_ENOUGH || cpu.tv_sec >= CPU_ENOUGH;
}

static int say_hello(uint32_t achieved)
{
	struct wire_head head = {.type = WIRE_HELLO};

	return wire_send(WIRE_FD, &head, &achieved, sizeof(achieved), -1, 0);
}

int resolver_child_main(void)
{
	static struct wire_message message, answer;
	static struct holdings holdings;
	uint32_t achieved;
	size_t size;
	ssize_t n;
	int fd;

	elf_version(EV_CURRENT);
	holdings_init(&holdings);
	names_prepare();
	if (sandbox_enter(WIRE_FD, &achieved) || say_hello(achieved))
		return EXIT_FAILURE;
	while (!spent()) {
		n = wire_receive(WIRE_FD, &message, &fd, 0);
		if (n < 0)
			return n == -ENODATA ? EXIT_SUCCESS : EXIT_FAILURE;
		if (child_handle(&holdings, &message, (size_t)n, fd, &answer, &size) &&
		    wire_send(WIRE_FD, &answer.head, answer.body, size, -1, 0))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
