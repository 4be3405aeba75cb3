// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"

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

/* The ends of the pipes and the socket pair: what the parent has, and what the child. */
struct ends {
	int begin[2], error[2], socket[2];
};

/* Of a process group of its own nobody may read from the terminal. */
static bool is_background(void)
{
	struct sigaction now;

	return !sigaction(SIGINT, NULL, &now) && now.sa_handler == SIG_IGN && !isatty(STDIN_FILENO);
}

/* In the child: everything that it is given is close-on-exec but the standard streams. */
static void execute(const struct ends *ends, char **argv, bool hold, const sigset_t *mask)
{
	char byte;
	ssize_t got;
	int number;

	if (is_background()) {
		setpgid(0, 0);
		signal(SIGINT, SIG_DFL);
	}
	if (hold)
		hold_begin(ends->socket[1]);
	close(ends->socket[1]);
	do
		got = read(ends->begin[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1) /* nobody would let it exit */
		kill(getpid(), SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	number = errno;
	got = write(ends->error[1], &number, sizeof(number));
	_exit(NOT_EXECUTED);
}

static void close_pair(const int pair[2])
{
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
}

static int make_ends(struct ends *ends)
{
	int error = 0;

	*ends = (struct ends){{-1, -1}, {-1, -1}, {-1, -1}};
	if (pipe2(ends->begin, O_CLOEXEC) || pipe2(ends->error, O_CLOEXEC) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->socket))
		error = -errno;
	return error;
}

static void close_ends(const struct ends *ends)
{
	close_pair(ends->begin);
	close_pair(ends->error);
	close_pair(ends->socket);
}

int child_start(struct child *child, char **argv, bool hold)
{
	sigset_t set = handled(), before;
	struct ends ends;
	int error = make_ends(&ends);

	if (!error) {
		/* No signal is lost between the fork and child_wait(). */
		sigprocmask(SIG_BLOCK, &set, &before);
		child->pid = fork();
		if (child->pid < 0)
			error = -errno;
	}
	if (error) {
		close_ends(&ends);
		return error;
	}
	if (child->pid == 0) {
		close(ends.begin[1]);
		close(ends.socket[0]);
		execute(&ends, argv, hold, &before);
	}
	close(ends.begin[0]);
	close(ends.error[1]);
	close(ends.socket[1]);
	child->apart = is_background();
	child->begin = ends.begin[1];
	child->error = ends.error[0];
	child->listener = hold_receive(ends.socket[0]);
	child->holding = -1;
	close(ends.socket[0]);
	return 0;
}

static void close_holding(struct child *child)
{
	if (child->holding >= 0)
		close(child->holding);
	child->holding = -1;
}

int child_begin(struct child *child, void (*look)(pid_t pid, void *data), void *data)
{
	int number = 0;
	ssize_t got;

	if (child->listener >= 0)
		number = child->holding = hold_start(child->listener, look, data);
	child->listener = -1;
	if (number < 0) {
		child_cancel(child);
		return number;
	}
	got = write(child->begin, "", 1);
	close(child->begin);
	do
		got = read(child->error, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	close(child->error);
	if (got != sizeof(number))
		return 0;
	waitpid(child->pid, NULL, 0);
	close_holding(child);
	return -number;
}

void child_cancel(struct child *child)
{
	close(child->begin);
	close(child->error);
	if (child->listener >= 0)
		close(child->listener);
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
}

/* Whether it has ended; a stop is passed on to the shell's job as a whole. */
static bool has_ended(const struct child *child, int *result)
{
	int status;
	pid_t pid = waitpid(child->pid, &status, WNOHANG | WUNTRACED);

	if (pid < 0 && errno != EINTR)
		*result = NOT_EXECUTED;
	else if (pid == child->pid && WIFEXITED(status))
		*result = WEXITSTATUS(status);
	else if (pid == child->pid && WIFSIGNALED(status))
		*result = 128 + WTERMSIG(status);
	else if (pid == child->pid && WIFSTOPPED(status) && !raise(SIGSTOP))
		return kill(child->pid, SIGCONT), false;
	else
		return false;
	return true;
}

static void take_signal(const struct child *child, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	/* What the terminal sends goes to all of its foreground. */
	if (child->apart || info.ssi_code == SI_USER || info.ssi_code == SI_QUEUE ||
	    info.ssi_code == SI_TKILL)
		kill(child->pid, (int)info.ssi_signo);
}

int child_wait(struct child *child)
{
	sigset_t set = handled();
	struct pollfd wait = {.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN};
	int result = NOT_EXECUTED;

	while (!has_ended(child, &result)) {
		if (poll(&wait, 1, -1) > 0)
			take_signal(child, wait.fd);
	}
	close(wait.fd);
	close_holding(child);
	return result;
}
