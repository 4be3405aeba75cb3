/* SPDX-License-Identifier: BSD-2-Clause */
#include "listener.h"

#include <errno.h>
#include <libgen.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cleanup.h"

#define BACKLOG 128

/* Makes the last folder of the way: the one that a service manager would have made. */
static int make_parent(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	return mkdir(dirname(copy), 0755) && errno != EEXIST ? -errno : 0;
}

static int make_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* Makes room at the address: 0, or -errno with the line. */
static int clear_address(const struct sockaddr_un *address, struct failure *failure)
{
	const char *path = address->sun_path;
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : fail(failure, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(failure, -EEXIST, "%s exists and is no socket: give another --socket",
			    path);
	_close_ int probe = make_socket();

	if (probe < 0)
		return fail(failure, probe, "no socket can be made: %s", strerror(-probe));
	if (!connect(probe, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		return fail(failure, -EADDRINUSE,
			    "a daemon answers at %s: stop it, or give another --socket", path);
	if (errno != ECONNREFUSED)
		return fail(failure, -errno, "%s: %s", path, strerror(errno));
	return unlink(path) ? fail(failure, -errno, "%s: %s", path, strerror(errno)) : 0;
}

int listener_open(struct listener *listener, const char *path, struct failure *failure)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int r;

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return fail(failure, -ENAMETOOLONG, "--socket takes a path of 1 to %zu bytes",
			    sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1); /* it fits: just looked at */
	r = make_parent(path);
	if (r < 0)
		return fail(failure, r, "the folder of %s can't be made: %s", path, strerror(-r));
	r = clear_address(&address, failure);
	if (r < 0)
		return r;
	_close_ int fd = make_socket();

	if (fd < 0)
		return fail(failure, fd, "no socket can be made: %s", strerror(-fd));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG) || lstat(path, &st))
		return fail(failure, -errno,
			    "can't listen at %s: %s: run as root, or give another --socket", path,
			    strerror(errno));
	*listener = (struct listener){TAKE_FD(fd), st.st_dev, st.st_ino};
	return 0;
}

/* Both are numbers, as the configuration has made sure: nothing is looked up. */
static int find_address(const char *text, struct addrinfo **found)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	char host[64];
	int length = colon ? (int)(colon - text) - 2 * bracket : -1;

	if (length < 0 || length >= (int)sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", length, text + bracket);
	return getaddrinfo(host, colon + 1, &hints, found) ? -EINVAL : 0;
}

static int listen_at(const struct addrinfo *address)
{
	const int on = 1;
	_close_ int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, BACKLOG))
		return -errno;
	return TAKE_FD(fd);
}

int listener_open_tcp(const char *text, struct failure *failure)
{
	struct addrinfo *address;
	int fd = find_address(text, &address);

	if (fd < 0)
		return fail(failure, fd, "%s is no address and port", text);
	fd = listen_at(address);
	freeaddrinfo(address);
	if (fd < 0)
		return fail(failure, fd,
			    "can't listen at %s for metrics: %s: give another --metrics-listen, or "
			    "none",
			    text, strerror(-fd));
	return fd;
}

void listener_close(struct listener *listener, const char *path)
{
	struct stat st;

	cleanup_close(&listener->fd);
	if (listener->inode && !lstat(path, &st) && st.st_dev == listener->device &&
	    st.st_ino == listener->inode)
		unlink(path);
}
