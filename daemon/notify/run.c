// SPDX-License-Identifier: BSD-2-Clause
#include "notify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "notify/channel.h"

#define GRACE_USEC 5000000 /* from SIGTERM to SIGKILL */
#define REAP_MSEC 200      /* how long an end waits for what it killed */
#define USUAL_LIMIT 1024   /* of descriptors: a program may call select() */
#define CAN_NOT_RUN 127    /* exit status, as shells have it */

struct run {
	pid_t pid;
	int process; /* a pidfd */
	int output;
	sd_event *loop;
	sd_event_source *on_end, *on_output, *timer;
	void (*ended)(const struct run_end *end, void *data);
	void *data;
	size_t length; /* of end.output */
	bool reaped;
	struct run_end end;
};

/* From here to the exec: only what a signal handler may call, for the daemon has threads. */

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

__attribute__((noreturn)) static void become(pid_t daemon, int null, int output,
					     char *const words[], char *const environment[])
{
	const char *why;

	setsid();
	/* After kill -9 of the daemon another one runs it anew: never two at once. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
	    syscall(SYS_close_range, 3, ~0U, 0) || chdir("/"))
		_exit(CAN_NOT_RUN);
	reset_limit();
	drop_rights();
	reset_signals();
	execve(words[0], words, environment);
	why = strerrordesc_np(errno);
	(void)!write(STDERR_FILENO, why, strlen(why));
	_exit(CAN_NOT_RUN);
}

/* The child's pid or -errno. All its descriptors lie above 2, so none is overwritten. */
static pid_t spawn(int output, char *const words[], char *const environment[])
{
	_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t daemon = getpid(), child;
	sigset_t all, before;
	int r;

	if (null < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (!child)
		become(daemon, null, output, words, environment);
	r = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return child < 0 ? r : child;
}

static void send_signal(const struct run *run, int number)
{
	if (kill(-run->pid, number)) /* it has no group yet */
		kill(run->pid, number);
}

/* Takes what there is. False at the end of it. */
static bool take_output(struct run *run)
{
	char *to = run->end.output + run->length, more[4096];
	size_t room = sizeof(run->end.output) - 1 - run->length;
	ssize_t size;

	errno = 0;
	size = read(run->output, room ? to : more, room ?: sizeof(more));
	if (size <= 0)
		return size < 0 && errno == EINTR;
	if (room)
		run->length += (size_t)size;
	return true;
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct run *run = data;

	(void)fd, (void)events;
	if (!take_output(run) && errno != EAGAIN)
		sd_event_source_set_enabled(source, SD_EVENT_OFF); /* all ends are closed */
	return 0;
}

/* True where it has ended: it is no more a process, and no signal may be sent to its number. */
static bool reap(struct run *run)
{
	siginfo_t info = {};

	if (waitid(P_PIDFD, (id_t)run->process, &info, WEXITED | WNOHANG) || !info.si_pid)
		return false;
	run->reaped = true;
	run->end.status = info.si_code == CLD_EXITED ? info.si_status : -1;
	run->end.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
	return true;
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct run *run = data;
	struct run_end end;

	(void)fd, (void)events;
	/* Its number is its own as long as it is not reaped: what it left in its group goes now. */
	if (run->end.overdue)
		send_signal(run, SIGKILL);
	if (!reap(run))
		return 0;
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	while (run->length < sizeof(run->end.output) - 1 && take_output(run))
		;
	for (size_t i = 0; i < run->length; i++)
		if (!run->end.output[i])
			run->end.output[i] = ' ';
	end = run->end; /* which outlives the run */
	run->ended(&end, run->data);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct run *run = data;

	(void)source, (void)due;
	send_signal(run, run->end.overdue ? SIGKILL : SIGTERM);
	if (!run->end.overdue)
		timer_set(run->loop, &run->timer, GRACE_USEC, on_timer, run);
	run->end.overdue = true;
	return 0;
}

static int watch_child(struct run *run, uint64_t deadline)
{
	int r = sd_event_add_io(run->loop, &run->on_end, run->process, EPOLLIN, on_end, run);

	if (r >= 0)
		r = sd_event_add_io(run->loop, &run->on_output, run->output, EPOLLIN, on_output,
				    run);
	if (r >= 0)
		r = timer_set(run->loop, &run->timer, deadline, on_timer, run);
	return r;
}

int run_start(struct run **run, sd_event *loop, char *const words[], char *const environment[],
	      uint64_t deadline, void (*ended)(const struct run_end *end, void *data), void *data)
{
	struct run *n = calloc(1, sizeof(*n));
	int ends[2], r;

	if (!n)
		return -ENOMEM;
	*n = (struct run){.process = -1, .output = -1, .ended = ended, .data = data};
	n->loop = sd_event_ref(loop);
	r = pipe2(ends, O_CLOEXEC | O_NONBLOCK) ? -errno : 0;
	if (!r) {
		n->output = ends[0];
		fcntl(ends[1], F_SETFL, 0); /* the command's own end blocks, as programs expect */
		n->pid = spawn(ends[1], words, environment);
		close(ends[1]);
		r = n->pid < 0 ? n->pid : 0;
	}
	if (!r) {
		n->process = pidfd_open(n->pid, 0);
		r = n->process < 0 ? -errno : watch_child(n, deadline);
	}
	if (r < 0) {
		run_free(n);
		return r;
	}
	*run = n;
	return 0;
}

/* Its end is waited for a moment; what hangs in the kernel becomes init's. */
static void end_child(struct run *run)
{
	struct pollfd ended = {.fd = run->process, .events = POLLIN};

	send_signal(run, SIGKILL);
	if (run->process >= 0) {
		poll(&ended, 1, REAP_MSEC);
		reap(run);
	} else {
		waitpid(run->pid, NULL, 0); /* it was never begun to be watched */
	}
}

void run_free(struct run *run)
{
	if (!run)
		return;
	if (run->pid > 0 && !run->reaped)
		end_child(run);
	sd_event_source_disable_unref(run->on_end);
	sd_event_source_disable_unref(run->on_output);
	sd_event_source_disable_unref(run->timer);
	cleanup_close(&run->process);
	cleanup_close(&run->output);
	sd_event_unref(run->loop);
	free(run);
}
