/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children and threads. A child does one command and then waits for its end, which comes with its
 * parent's; what it made it tells in memory that both share, so that telling makes no descriptor.
 */
#ifndef FDMAKER_PROCESSES_H
#define FDMAKER_PROCESSES_H

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "call.h"
#include "ways_file.h"

#define MAX_CHILDREN 1024
#define MAX_THREADS 1024
#define THREAD_STACK (256 * 1024)
#define READY_SECONDS 90 /* a child's command may be a storm */

static void run_command(char *line, struct reply *r);

static char own_path[4096]; /* of this program */
static pid_t children[MAX_CHILDREN];
static int child_count;

static void pause_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Waits to be ended. */
__attribute__((noreturn)) static void hold(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

struct told {
	atomic_bool ready;
	uint64_t opened, closed, unhooked;
};

static void child_body(struct told *told, char *command)
{
	static struct reply r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(&r, 0, sizeof(r));
	if (command)
		run_command(command, &r);
	told->opened = r.opened;
	told->closed = r.closed;
	told->unhooked = r.unhooked;
	told->ready = true;
	hold();
}

static pid_t child_by_exec(bool by_spawn)
{
	static char word[] = "hold";
	char *arguments[] = {own_path, word, NULL};
	pid_t pid = -1;

	if (by_spawn) {
		int error = posix_spawn(&pid, own_path, NULL, NULL, arguments, environ);

		errno = error;
		return error ? -1 : pid;
	}
	pid = vfork();
	if (pid == 0) {
		execv(own_path, arguments);
		_exit(127);
	}
	return pid;
}

static pid_t child_with_pid(pid_t wanted)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&wanted, .set_tid_size = 1};

	return CALL(SYS_clone3, WORD(&args), sizeof(args));
}

/* child fork|files|pidns|pid=N|vfork|spawn [COMMAND] */
static void command_child(char *how, char *command, struct reply *r)
{
	struct told *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool executes = !strcmp(how, "vfork") || !strcmp(how, "spawn");
	double deadline = seconds_now() + READY_SECONDS;
	pid_t pid = -1;

	if (told == MAP_FAILED || child_count == MAX_CHILDREN) {
		skip(r, "child");
		return;
	}
	if (executes)
		pid = child_by_exec(*how == 's');
	else if (!strcmp(how, "fork"))
		pid = fork();
	else if (!strcmp(how, "files"))
		pid = CALL(SYS_clone, CLONE_FILES | SIGCHLD);
	else if (!strcmp(how, "pidns"))
		pid = CALL(SYS_clone, CLONE_NEWPID | SIGCHLD);
	else if (!strncmp(how, "pid=", 4))
		pid = child_with_pid(atoi(how + 4));
	else
		errno = EINVAL;
	if (pid == 0)
		child_body(told, command);
	if (pid < 0) {
		skip(r, how);
		munmap(told, sizeof(*told));
		return;
	}
	children[child_count++] = pid;
	while (!executes && !told->ready && seconds_now() < deadline &&
	       waitpid(pid, NULL, WNOHANG) == 0)
		pause_ms(1);
	append(r->more, sizeof(r->more),
	       " child=%d child_opened=%llu child_closed=%llu child_unhooked=%llu", pid,
	       (unsigned long long)told->opened, (unsigned long long)told->closed,
	       (unsigned long long)told->unhooked);
	munmap(told, sizeof(*told));
}

/* end: ends every child. */
static void command_end(void)
{
	for (int i = 0; i < child_count; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	child_count = 0;
}

/* Threads that do one command each and stay until `join`. */

struct thread {
	pthread_t id;
	char command[256];
	struct reply reply;
};

static struct thread *threads;
static int thread_count;
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t threads_told = PTHREAD_COND_INITIALIZER;
static int threads_ready;
static bool threads_leave;

static void *thread_body(void *argument)
{
	struct thread *t = argument;

	run_command(t->command, &t->reply);
	pthread_mutex_lock(&threads_lock);
	threads_ready++;
	pthread_cond_broadcast(&threads_told);
	while (!threads_leave)
		pthread_cond_wait(&threads_told, &threads_lock);
	pthread_mutex_unlock(&threads_lock);
	return NULL;
}

static bool thread_start(pthread_t *id, void *(*body)(void *), void *argument)
{
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	error = pthread_create(id, &attr, body, argument);
	pthread_attr_destroy(&attr);
	errno = error;
	return !error;
}

/* join: ends the threads and waits for them. */
static void command_join(void)
{
	pthread_mutex_lock(&threads_lock);
	threads_leave = true;
	pthread_cond_broadcast(&threads_told);
	pthread_mutex_unlock(&threads_lock);
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i].id, NULL);
	free(threads);
	threads = NULL;
	thread_count = threads_ready = 0;
	threads_leave = false;
}

/* threads N [COMMAND]; `wait`: until each has done it. */
static void start_threads(int n, const char *command, bool wait, struct reply *r)
{
	if (n < 1 || n > MAX_THREADS || threads) {
		errno = threads ? EBUSY : EINVAL;
		skip(r, "threads");
		return;
	}
	threads = calloc(n, sizeof(*threads));
	while (threads && thread_count < n) {
		struct thread *t = &threads[thread_count];

		snprintf(t->command, sizeof(t->command), "%s", command ? command : "nothing");
		if (!thread_start(&t->id, thread_body, t)) {
			skip(r, "pthread_create");
			return;
		}
		thread_count++;
	}
	if (!wait)
		return;
	pthread_mutex_lock(&threads_lock);
	while (threads_ready < n)
		pthread_cond_wait(&threads_told, &threads_lock);
	pthread_mutex_unlock(&threads_lock);
	for (int i = 0; i < n; i++) {
		r->opened += threads[i].reply.opened;
		r->closed += threads[i].reply.closed;
		r->unhooked += threads[i].reply.unhooked;
		r->refused += threads[i].reply.refused;
	}
}

/* Calls that wait within the kernel with a number already taken. */

static int blocking_server = -1;
static union {
	struct sockaddr any;
	struct sockaddr_un un;
} blocking_address;
static socklen_t blocking_size;

static void wait_in_accept(struct reply *r)
{
	keep(r, CALL(SYS_accept, blocking_server, 0, 0), NULL);
}

static void wait_in_open(struct reply *r)
{
	keep(r, open("waiting-fifo", O_RDONLY), NULL);
}

/* block-accept N: N threads wait in accept(). */
static void command_block_accept(int n, struct reply *r)
{
	blocking_server = make(r, "socket", socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	blocking_address.any.sa_family = AF_UNIX;
	blocking_size = sizeof(blocking_address);
	if (bind(blocking_server, &blocking_address.any, sizeof(sa_family_t)) ||
	    listen(blocking_server, MAX_THREADS) ||
	    getsockname(blocking_server, &blocking_address.any, &blocking_size))
		skip(r, "bind");
	else
		start_threads(n, "wait-in-accept", false, r);
}

/* block-fifo N: N threads wait in open() of a FIFO that nobody writes. */
static void command_block_fifo(int n, struct reply *r)
{
	if (mkfifo("waiting-fifo", 0600) && errno != EEXIST)
		skip(r, "mkfifo");
	else
		start_threads(n, "wait-in-open", false, r);
}

/* unblock: lets them go on and waits for them; counts what they made. */
static void command_unblock(struct reply *r)
{
	int fd;

	if (blocking_server >= 0) {
		for (int i = 0; i < thread_count; i++) {
			fd = keep(r, socket(AF_UNIX, SOCK_STREAM, 0), NULL);
			if (connect(fd, &blocking_address.any, blocking_size))
				skip(r, "connect");
			shut(r, fd);
		}
		shut(r, blocking_server);
		blocking_server = -1;
	} else {
		fd = keep(r, open("waiting-fifo", O_RDWR), NULL);
		while (threads_ready < thread_count)
			pause_ms(1);
		shut(r, fd);
	}
	pthread_mutex_lock(&threads_lock);
	while (threads_ready < thread_count)
		pthread_cond_wait(&threads_told, &threads_lock);
	pthread_mutex_unlock(&threads_lock);
	for (int i = 0; i < thread_count; i++)
		r->opened += threads[i].reply.opened;
	command_join();
}

/* unshare N: this thread takes a table of its own and makes N in it. */
static void command_unshare(int n, struct reply *r)
{
	if (unshare(CLONE_FILES)) {
		skip(r, "unshare");
		return;
	}
	for (int i = 0; i < n; i++)
		keep(r, open("/dev/null", O_RDWR), NULL);
}

#endif
