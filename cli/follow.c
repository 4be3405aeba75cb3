// SPDX-License-Identifier: BSD-2-Clause
/* Streams that have no end of their own. */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client.h"

/* SIGINT and SIGTERM are read from a descriptor, so that what is under way ends in order. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int client_follow(const char *socket_path, const char *path,
		  int (*line)(const char *line, size_t length, void *data), void *data,
		  struct response *response)
{
	struct pollfd watch[] = {
		{.fd = open_signals(), .events = POLLIN},
		{.fd = STDOUT_FILENO}, /* its reader may go away while nothing happens */
	};
	struct stream stream = {
		.line = line,
		.data = data,
		.watch = watch,
		.watch_count = sizeof(watch) / sizeof(watch[0]),
	};
	int error;

	if (watch[0].fd < 0)
		return watch[0].fd;
	error = client_stream(socket_path, path, &stream, response);
	close(watch[0].fd);
	return error;
}
