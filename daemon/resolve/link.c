// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "resolve/resolve.h"

#define RECEIVE_AT_ONCE 16 /* messages a turn of the loop */

struct packet {
	struct packet *next;
	struct wire_head head;
	int fd;
	size_t size;
	uint8_t body[];
};

struct link {
	sd_event *loop;
	char *program;
	struct link_handlers handlers;
	pid_t pid; /* 0: none */
	int socket, pidfd;
	sd_event_source *socket_source, *pid_source;
	struct packet *first, **last; /* what the socket did not take yet */
	struct wire_message message;
};

static void drop_packets(struct link *l)
{
	while (l->first) {
		struct packet *p = l->first;

		l->first = p->next;
		cleanup_close(&p->fd);
		free(p);
	}
	l->last = &l->first;
}

static void disconnect(struct link *l)
{
	l->socket_source = sd_event_source_disable_unref(l->socket_source);
	l->pid_source = sd_event_source_disable_unref(l->pid_source);
	cleanup_close(&l->socket);
	cleanup_close(&l->pidfd);
	l->socket = l->pidfd = -1;
	drop_packets(l);
}

int link_new(struct link **link, sd_event *loop, const char *program,
	     const struct link_handlers *handlers)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->program = strdup(program);
	if (!l->program) {
		free(l);
		return -ENOMEM;
	}
	l->loop = sd_event_ref(loop);
	l->handlers = *handlers;
	l->socket = l->pidfd = -1;
	l->last = &l->first;
	*link = l;
	return 0;
}

static int reap(struct link *l)
{
	int status = 0;

	while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	l->pid = 0;
	return status;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	if (l->pid) {
		kill(l->pid, SIGKILL);
		reap(l);
	}
	disconnect(l);
	sd_event_unref(l->loop);
	free(l->program);
	free(l);
}

/* As much as the socket takes; asks to be told when it takes more. */
static void flush(struct link *l)
{
	while (l->first) {
		struct packet *p = l->first;
		int r = wire_send(l->socket, &p->head, p->body, p->size, p->fd, MSG_DONTWAIT);

		if (r == -EAGAIN)
			break;
		l->first = p->next;
		if (!l->first)
			l->last = &l->first;
		cleanup_close(&p->fd);
		free(p);
		if (r) { /* it must not go on without what was lost */
			drop_packets(l);
			link_kill(l);
		}
	}
	sd_event_source_set_io_events(l->socket_source, EPOLLIN | (l->first ? EPOLLOUT : 0));
}

static int on_socket(sd_event_source *source, int socket, uint32_t events, void *data)
{
	struct link *l = data;
	ssize_t n = 0;

	(void)source;
	if (events & EPOLLOUT)
		flush(l);
	for (int i = 0; n >= 0 && i < RECEIVE_AT_ONCE && l->socket == socket; i++) {
		int fd;

		n = wire_receive(socket, &l->message, &fd, MSG_DONTWAIT);
		cleanup_close(&fd); /* it has nothing to give */
		if (n >= 0)
			l->handlers.received(&l->message, (size_t)n, l->handlers.data);
	}
	if (n < 0 && n != -EAGAIN) {
		sd_event_source_set_enabled(l->socket_source, SD_EVENT_OFF);
		link_kill(l);
	}
	return 0;
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct link *l = data;
	int status;

	(void)source, (void)fd, (void)events;
	/* What it said before its end still counts. */
	if (l->socket_source)
		on_socket(l->socket_source, l->socket, EPOLLIN, l);
	status = reap(l);
	disconnect(l);
	l->handlers.ended(status, l->handlers.data);
	return 0;
}

static int spawn(struct link *l, int socket)
{
	char *arguments[] = {(char *)"fdwatchd", (char *)RESOLVER_ARGUMENT, NULL};
	char *environment[] = {(char *)"LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, socket, WIRE_FD);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(&l->pid, l->program, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		l->pid = 0;
	return -r;
}

int link_start(struct link *l)
{
	int ends[2], r;

	if (l->pid)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return -errno;
	l->socket = ends[0];
	fcntl(ends[1], F_SETFL, 0);
	r = spawn(l, ends[1]);
	close(ends[1]);
	if (!r) {
		l->pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0);
		r = l->pidfd < 0 ? -errno : 0;
	}
	if (!r)
		r = sd_event_add_io(l->loop, &l->socket_source, l->socket, EPOLLIN, on_socket, l);
	if (r >= 0)
		r = sd_event_add_io(l->loop, &l->pid_source, l->pidfd, EPOLLIN, on_end, l);
	if (r >= 0)
		return 0;
	if (l->pid) {
		kill(l->pid, SIGKILL);
		reap(l);
	}
	disconnect(l);
	return r;
}

int32_t link_pid(const struct link *l)
{
	return l->pid;
}

int link_send(struct link *l, const struct wire_head *head, const void *body, size_t size, int fd)
{
	struct packet *p = l->pid ? malloc(sizeof(*p) + size) : NULL;

	if (!p) {
		cleanup_close(&fd);
		return l->pid ? -ENOMEM : -ENOTCONN;
	}
	*p = (struct packet){.head = *head, .fd = fd, .size = size};
	if (size)
		memcpy(p->body, body, size);
	*l->last = p;
	l->last = &p->next;
	flush(l);
	return 0;
}

void link_kill(struct link *l)
{
	if (l->pid)
		kill(l->pid, SIGKILL);
}
