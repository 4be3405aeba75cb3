// SPDX-License-Identifier: BSD-2-Clause
#include "top/loop.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define KEYS_AT_ONCE 256 /* pasted text must not keep the screen from being drawn */
#define CLOCK_MILLISECONDS 1000

/* Signals are read like keys, so that nothing of the screen is done within a handler. */
static int open_signals(sigset_t *before)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &set, before) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The shell has the terminal until we are continued; SIGCONT then says so. */
static void suspend(struct app *app)
{
	display_close(&app->display);
	kill(getpid(), SIGSTOP);
}

static void take_signals(struct app *app, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTSTP:
			suspend(app);
			break;
		case SIGCONT:
			display_resume(&app->display);
			break;
		case SIGWINCH:
			display_measure(&app->display);
			break;
		default:
			app->quit = true;
		}
	}
}

static void take_keys(struct app *app)
{
	for (int i = 0; i < KEYS_AT_ONCE && !app->quit; i++) {
		int key = getch();

		if (key == ERR)
			return;
		app_key(app, key);
		app_update(app);
	}
}

static void take_news(struct app *app)
{
	struct news news;

	fetch_take(app->fetch, &news);
	app_take(app, &news);
}

static int run(struct app *app, int signals)
{
	struct pollfd watched[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
		{.fd = fetch_fd(app->fetch), .events = POLLIN},
	};

	while (!app->quit) {
		app_update(app);
		app_draw(app);
		if (poll(watched, 3, CLOCK_MILLISECONDS) < 0 && errno != EINTR)
			return -errno;
		if (watched[1].revents)
			take_signals(app, signals);
		if (watched[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			return 0; /* the terminal is gone */
		if (watched[0].revents & POLLIN)
			take_keys(app);
		if (watched[2].revents)
			take_news(app);
		if (app->display.open)
			display_measure(&app->display);
	}
	return 0;
}

int loop_run(struct app *app)
{
	sigset_t before;
	int signals = open_signals(&before);
	int error;

	if (signals < 0)
		return signals;
	error = run(app, signals);
	display_close(&app->display);
	close(signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}
