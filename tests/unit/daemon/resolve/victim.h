/* SPDX-License-Identifier: BSD-2-Clause */
/* Real programs, built and run by the tests, stopped in a system call deep in known functions. */
#ifndef TESTS_UNIT_DAEMON_RESOLVE_VICTIM_H
#define TESTS_UNIT_DAEMON_RESOLVE_VICTIM_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "resolve/resolve.h"

#include "check.h"

#define VICTIM_STACK 16384

struct victim {
	pid_t pid;
	int said, told; /* its standard output, its standard input */
	struct resolver_process process;
	struct unwind_registers registers;
	uint8_t stack[VICTIM_STACK];
	size_t stack_size;
};

static inline void write_file(const char *folder, const char *name, const void *text, size_t size)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Since boot, in microseconds, as /proc/PID/stat has it in ticks. */
static inline uint64_t victim_start_time(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[64], text[1024] = "";
	const char *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	at = strrchr(text, ')');
	for (int i = 2; at && i < 22; i++)
		at = strchr(at + 1, ' ');
	assert_non_null(at);
	assert_int_equal(sscanf(at, " %llu", &ticks), 1);
	return ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* Starts a program, which says a byte when it is about to wait. */
static inline void victim_start(struct victim *v, char *const arguments[])
{
	int said[2], told[2];
	char byte;

	memset(v, 0, sizeof(*v));
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	v->pid = fork();
	assert_true(v->pid >= 0);
	if (!v->pid) {
		dup2(told[0], STDIN_FILENO);
		dup2(said[1], STDOUT_FILENO);
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(said[1]);
	close(told[0]);
	v->said = said[0];
	v->told = told[1];
	assert_int_equal(read(v->said, &byte, 1), 1);
	v->process = (struct resolver_process){v->pid, victim_start_time(v->pid)};
}

static inline void victim_end(struct victim *v)
{
	kill(v->pid, SIGKILL);
	assert_int_equal(waitpid(v->pid, NULL, 0), v->pid);
	close(v->said);
	close(v->told);
}

#ifdef __x86_64__
/* Stops it in the system call that it waits in, takes registers and stack, and lets it go on. */
static inline void victim_capture(struct victim *v, long call)
{
	uint64_t until = clock_usec(CLOCK_MONOTONIC) + 10000000;
	struct user_regs_struct r = {};
	char path[64];
	ssize_t n;
	int fd, status;

	assert_int_equal(ptrace(PTRACE_SEIZE, v->pid, 0, 0), 0);
	do {
		assert_int_equal(ptrace(PTRACE_INTERRUPT, v->pid, 0, 0), 0);
		assert_int_equal(waitpid(v->pid, &status, 0), v->pid);
		assert_true(WIFSTOPPED(status));
		assert_int_equal(ptrace(PTRACE_GETREGS, v->pid, 0, &r), 0);
		if ((long)r.orig_rax != call) /* with the signal that it was stopped before */
			ptrace(PTRACE_CONT, v->pid, 0,
			       status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status));
	} while ((long)r.orig_rax != call && clock_usec(CLOCK_MONOTONIC) < until);
	assert_int_equal(r.orig_rax, call);
	v->registers =
		(struct unwind_registers){r.rip, r.rsp, r.rbp, r.rbx, r.r12, r.r13, r.r14, r.r15};
	snprintf(path, sizeof(path), "/proc/%d/mem", v->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = pread(fd, v->stack, sizeof(v->stack), (off_t)r.rsp);
	assert_true(n > 0);
	v->stack_size = (size_t)n;
	close(fd);
	assert_int_equal(ptrace(PTRACE_DETACH, v->pid, 0, 0), 0);
}
#endif

#endif
