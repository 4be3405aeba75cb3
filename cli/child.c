// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_EXECUTED 127

static const int forwarded[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
				SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

static sigset_t handled(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(&set, forwarded[i]);
	return set;
}

/* In the child: everything that it is given is close-on-exec but the standard streams. */
static void execute(int begin, int error, char **argv, const sigset_t *mask)
{
	char byte;
	ssize_t got;
	int number;

	do
		got = read(begin, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(NOT_EXECUTED);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	number = errno;
	got = write(error, &number, sizeof(number));
	_exit(NOT_EXECUTED);
}

int child_start(struct child *child, char **argv)
{
	int begin[2], error[2];
	sigset_t set = handled(), before;

	if (pipe2(begin, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		close(begin[0]);
		close(begin[1]);
		return -errno;
	}
	/* No signal is lost between the fork and child_wait(). */
	sigprocmask(SIG_BLOCK, &set, &before);
	child->pid = fork();
	if (child->pid == 0) {
		close(begin[1]);
		execute(begin[0], error[1], argv, &before);
	}
	close(begin[0]);
	close(error[1]);
	child->begin = begin[1];
	child->error = error[0];
	if (child->pid > 0)
		return 0;
	close(child->begin);
	close(child->error);
	return -errno;
}

int child_begin(struct child *child)
{
	int number = 0;
	ssize_t got = write(child->begin, "", 1);

	close(child->begin);
	do
		got = read(child->error, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	close(child->error);
	if (got != sizeof(number))
		return 0;
	waitpid(child->pid, NULL, 0);
	return -number;
}

void child_cancel(struct child *child)
{
	close(child->begin);
	close(child->error);
	waitpid(child->pid, NULL, 0);
}

static void forward(const struct child *child, const siginfo_t *info)
{
	/* What the terminal sends goes to all of its foreground. */
	if (info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL)
		kill(child->pid, info->si_signo);
}

int child_wait(struct child *child)
{
	sigset_t set = handled();
	siginfo_t info;
	int status;

	for (;;) {
		pid_t pid = waitpid(child->pid, &status, WNOHANG | WUNTRACED);

		if (pid < 0 && errno != EINTR)
			return NOT_EXECUTED;
		if (pid == child->pid && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == child->pid && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (pid == child->pid && WIFSTOPPED(status)) {
			raise(SIGSTOP); /* the shell's job stops as a whole */
			kill(child->pid, SIGCONT);
			continue;
		}
		if (sigwaitinfo(&set, &info) > 0 && info.si_signo != SIGCHLD)
			forward(child, &info);
	}
}
