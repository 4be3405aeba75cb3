// SPDX-License-Identifier: BSD-2-Clause
#include "notify/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "notify/courier.h"

#define USUAL_LIMIT 1024 /* of descriptors: a program may call select() */
#define CAN_NOT_RUN 127  /* exit status, as shells have it */

struct spawn {
	TAILQ_ENTRY(spawn) next;
	struct spawner *spawner;
	char **words, **environment;
	int output;
	pid_t pid; /* the thread's, until it is back; 0: not started */
	atomic_bool cancelled;
	void (*started)(pid_t pid, void *data);
	void *data;
};

struct spawner {
	struct courier *courier;
	TAILQ_HEAD(, spawn) queue; /* without the one that the courier has */
};

/*
 * From here to the exec: the child runs in the daemon's memory while the thread waits, so it may
 * call only what a signal handler may, and writes nothing that is not its own.
 */

static void drop_rights(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &header, sets))
		return;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		sets[i].inheritable = 0;
	syscall(SYS_capset, &header, sets);
}

static void reset_signals(void)
{
	/* SIG_DFL as the kernel has it: glibc refuses its own two, which its posix_spawn() ignores.
	 */
	static const unsigned long usual[4];
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		syscall(SYS_rt_sigaction, number, usual, NULL, NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void reset_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur <= USUAL_LIMIT)
		return;
	limit.rlim_cur = USUAL_LIMIT;
	setrlimit(RLIMIT_NOFILE, &limit);
}

__attribute__((noreturn)) static void become(pid_t daemon, int null, const struct spawn *s)
{
	const char *why;

	setsid();
	/* After kill -9 of the daemon another one runs it anew: never two at once. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(s->output, STDOUT_FILENO) < 0 || dup2(s->output, STDERR_FILENO) < 0 ||
	    syscall(SYS_close_range, 3, ~0U, 0) || chdir("/"))
		_exit(CAN_NOT_RUN);
	reset_limit();
	drop_rights();
	reset_signals();
	execve(s->words[0], s->words, s->environment);
	why = strerrordesc_np(errno);
	(void)!write(STDERR_FILENO, why, strlen(why));
	_exit(CAN_NOT_RUN);
}

/* It has begun, so it leads its group. */
static void end(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* In the thread, which has all signals blocked. All descriptors lie above 2: none is overwritten.
 */
static int carry(void *job, void *tool)
{
	_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct spawn *s = job;
	pid_t daemon = getpid(), child;

	(void)tool;
	if (null < 0)
		return -errno;
	child = vfork();
	if (!child)
		become(daemon, null, s);
	if (child < 0)
		return -errno;
	if (s->cancelled)
		end(child);
	else
		s->pid = child;
	return 0;
}

static void spawn_free(void *job)
{
	struct spawn *s = job;

	if (s->pid > 0)
		end(s->pid);
	cleanup_close(&s->output);
	free(s->words);
	free(s->environment);
	free(s);
}

/* What is next goes to the thread. */
static void advance(struct spawner *spawner)
{
	struct spawn *s = TAILQ_FIRST(&spawner->queue);

	if (!s || courier_busy(spawner->courier))
		return;
	TAILQ_REMOVE(&spawner->queue, s, next);
	courier_send(spawner->courier, s);
}

static void on_back(int result, void *job, void *data)
{
	struct spawn *s = job;
	pid_t pid = result < 0 ? result : s->pid;

	if (!s->cancelled) {
		s->pid = 0; /* it is the caller's now */
		s->started(pid, s->data);
	}
	spawn_free(s);
	advance(data);
}

int spawner_new(struct spawner **spawner, sd_event *loop)
{
	struct spawner *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	TAILQ_INIT(&n->queue);
	r = courier_new(
		&n->courier, loop,
		&(struct courier_work){
			.carry = carry, .back = on_back, .free_job = spawn_free, .data = n});
	if (r < 0)
		free(n);
	else
		*spawner = n;
	return r;
}

void spawner_free(struct spawner *spawner)
{
	if (!spawner)
		return;
	courier_free(spawner->courier);
	free(spawner);
}

/* A copy of a list of strings that NULL ends, in one piece; NULL without memory. */
static char **copy_list(char *const list[])
{
	size_t count = 0, size = 0;
	char **copy, *text;

	while (list[count])
		size += strlen(list[count++]) + 1;
	copy = malloc((count + 1) * sizeof(*copy) + size);
	if (!copy)
		return NULL;
	text = (char *)(copy + count + 1);
	for (size_t i = 0; i < count; i++) {
		size = strlen(list[i]) + 1;
		copy[i] = memcpy(text, list[i], size);
		text += size;
	}
	copy[count] = NULL;
	return copy;
}

int spawn_start(struct spawn **spawn, struct spawner *spawner, char *const words[],
		char *const environment[], int output, void (*started)(pid_t pid, void *data),
		void *data)
{
	struct spawn *s = calloc(1, sizeof(*s));

	if (!s) {
		close(output);
		return -ENOMEM;
	}
	s->output = output;
	s->words = copy_list(words);
	s->environment = copy_list(environment);
	if (!s->words || !s->environment) {
		spawn_free(s);
		return -ENOMEM;
	}
	s->spawner = spawner;
	s->started = started;
	s->data = data;
	TAILQ_INSERT_TAIL(&spawner->queue, s, next);
	*spawn = s;
	advance(spawner);
	return 0;
}

void spawn_cancel(struct spawn *spawn)
{
	struct spawn *waiting;

	if (!spawn)
		return;
	TAILQ_FOREACH(waiting, &spawn->spawner->queue, next)
	{
		if (waiting == spawn) {
			TAILQ_REMOVE(&spawn->spawner->queue, spawn, next);
			spawn_free(spawn);
			return;
		}
	}
	spawn->cancelled = true; /* the thread has it */
}
