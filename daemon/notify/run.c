// SPDX-License-Identifier: BSD-2-Clause
#include "notify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "notify/channel.h"
#include "notify/spawn.h"

#define GRACE_USEC 5000000 /* from SIGTERM to SIGKILL */
#define REAP_MSEC 200      /* how long an end waits for what it killed */

struct run {
	struct spawn *spawn; /* until it has started */
	pid_t pid;           /* 0: it has not */
	int process;         /* a pidfd */
	int output;
	uint64_t deadline; /* microseconds */
	sd_event *loop;
	sd_event_source *on_end, *on_output, *timer;
	void (*ended)(const struct run_end *end, void *data);
	void *data;
	size_t length; /* of end.output */
	bool reaped;
	struct run_end end;
};

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

/* It never ran, or not for us. */
static void end_unwatched(struct run *run)
{
	struct run_end end = run->end; /* which outlives the run */

	end.status = -1;
	run->ended(&end, run->data);
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct run *run = data;

	(void)source, (void)due;
	if (run->spawn) { /* the disk that it is read from hangs, maybe */
		run->end.overdue = true;
		end_unwatched(run);
		return 0;
	}
	send_signal(run, run->end.overdue ? SIGKILL : SIGTERM);
	if (!run->end.overdue)
		timer_set(run->loop, &run->timer, GRACE_USEC, on_timer, run);
	run->end.overdue = true;
	return 0;
}

static int watch_child(struct run *run)
{
	int r;

	run->process = pidfd_open(run->pid, 0);
	if (run->process < 0)
		return -errno;
	r = sd_event_add_io(run->loop, &run->on_end, run->process, EPOLLIN, on_end, run);
	if (r >= 0)
		r = sd_event_add_io(run->loop, &run->on_output, run->output, EPOLLIN, on_output,
				    run);
	if (r >= 0)
		r = timer_set(run->loop, &run->timer, run->deadline, on_timer, run);
	return r;
}

static void on_started(pid_t pid, void *data)
{
	struct run *run = data;
	int r;

	run->spawn = NULL;
	run->pid = pid > 0 ? pid : 0;
	r = pid > 0 ? watch_child(run) : pid;
	if (r >= 0)
		return;
	run->end.error = -r;
	end_unwatched(run);
}

int run_start(struct run **run, struct spawner *spawner, sd_event *loop, char *const words[],
	      char *const environment[], uint64_t deadline,
	      void (*ended)(const struct run_end *end, void *data), void *data)
{
	struct run *n = calloc(1, sizeof(*n));
	int ends[2], r;

	if (!n)
		return -ENOMEM;
	*n = (struct run){.process = -1, .output = -1, .ended = ended, .data = data};
	n->loop = sd_event_ref(loop);
	n->deadline = deadline;
	r = pipe2(ends, O_CLOEXEC | O_NONBLOCK) ? -errno : 0;
	if (!r) {
		n->output = ends[0];
		fcntl(ends[1], F_SETFL, 0); /* the command's own end blocks, as programs expect */
		r = spawn_start(&n->spawn, spawner, words, environment, ends[1], on_started, n);
	}
	if (!r)
		r = timer_set(loop, &n->timer, deadline, on_timer, n);
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
	spawn_cancel(run->spawn);
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
