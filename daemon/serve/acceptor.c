// SPDX-License-Identifier: BSD-2-Clause
#include "serve/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "fdwatch/api.h"
#include "serve/head.h"
#include "serve/json.h"

#define HEAD_USEC (10 * 1000000ULL) /* for the whole head: a client writes it at once */
#define LINGER_USEC (2 * 1000000ULL)
#define LINGER_BYTES (8 * 1024 * 1024)
#define LINGER_MAX 64               /* outside quotas, so few */
#define ACCEPT_USEC (100 * 1000ULL) /* rest where the daemon itself is out of descriptors */
#define ACCEPT_AT_ONCE 32           /* then other work has its turn */

struct pending {
	TAILQ_ENTRY(pending) entry;
	struct acceptor *acceptor;
	sd_event_source *io;
	sd_event_source *timer;
	struct peer peer;
	size_t drained;
	int fd;
	bool lingers; /* answered; holds no quota */
};

struct acceptor {
	TAILQ_HEAD(, pending) pending; /* the first came first */
	sd_event *loop;
	sd_event_source *listening;
	sd_event_source *pause;
	struct quota *quota;
	acceptor_admit *admit;
	void *data;
	size_t lingering;
	gid_t privileged;
	int fd;
	char bytes[HEAD_MAX]; /* read into by one pending at a time */
};

static void pending_free(struct pending *pending)
{
	struct acceptor *acceptor = pending->acceptor;

	TAILQ_REMOVE(&acceptor->pending, pending, entry);
	sd_event_source_disable_unref(pending->io);
	sd_event_source_disable_unref(pending->timer);
	cleanup_close(&pending->fd);
	if (pending->lingers)
		acceptor->lingering--;
	free(pending);
}

static void leave(struct pending *pending)
{
	if (!pending->lingers)
		quota_disconnect(pending->acceptor->quota, &pending->peer);
	pending_free(pending);
}

/* The answer is far smaller than a socket's buffer, which is still empty. */
static void answer(int fd, unsigned status, const char *text)
{
	_cleanup_(writer_free) struct writer body = {};
	char head[160];
	int length;

	json_error(&body, text);
	if (body.failed)
		return;
	length = snprintf(head, sizeof(head),
			  "HTTP/1.1 %u %s\r\nConnection: close\r\n"
			  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
			  status, MHD_get_reason_phrase_for(status), body.length);
	if (send(fd, head, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == length)
		(void)!send(fd, body.data, body.length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Throws away what a client still sends; true while more may come. */
static bool drain(struct pending *pending)
{
	struct acceptor *acceptor = pending->acceptor;
	ssize_t size;

	while (pending->drained < LINGER_BYTES) {
		size = recv(pending->fd, acceptor->bytes, sizeof(acceptor->bytes), MSG_DONTWAIT);
		if (size <= 0)
			return size < 0 && (errno == EAGAIN || errno == EINTR);
		pending->drained += (size_t)size;
	}
	return false;
}

static void start_lingering(struct pending *pending)
{
	struct acceptor *acceptor = pending->acceptor;

	pending->lingers = true;
	acceptor->lingering++;
	shutdown(pending->fd, SHUT_WR);
	if (acceptor->lingering > LINGER_MAX || !drain(pending) ||
	    sd_event_source_set_time_relative(pending->timer, LINGER_USEC) < 0)
		leave(pending);
}

static void refuse(struct pending *pending, unsigned status, const char *text)
{
	answer(pending->fd, status, text);
	quota_disconnect(pending->acceptor->quota, &pending->peer);
	start_lingering(pending);
}

static void enter(struct pending *pending)
{
	struct acceptor *acceptor = pending->acceptor;
	struct peer peer = pending->peer;
	int fd = pending->fd;

	/* The loop lets go of the descriptor before its next owner takes it. */
	sd_event_source_disable_unref(pending->io);
	pending->io = NULL;
	pending->fd = -1;
	pending_free(pending);
	acceptor->admit(fd, &peer, acceptor->data);
}

static void look_at_head(struct pending *pending, bool ended)
{
	char *bytes = pending->acceptor->bytes;
	const char *error;
	ssize_t size = recv(pending->fd, bytes, HEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
	unsigned status;

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		leave(pending);
		return;
	}
	status = head_check(bytes, (size_t)size, &error);
	if (status == HEAD_WHOLE)
		enter(pending);
	else if (status != HEAD_PARTIAL)
		refuse(pending, status, error);
	else if (ended)
		refuse(pending, 400, "the request ended before its header did");
}

/* Edge-triggered: what was peeked at stays, and says nothing new until more comes. */
static int on_visitor(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct pending *pending = data;

	(void)source, (void)fd;
	if (!pending->lingers)
		look_at_head(pending, events & (EPOLLRDHUP | EPOLLHUP));
	else if (!drain(pending))
		leave(pending);
	return 0;
}

static int on_late(sd_event_source *source, uint64_t now, void *data)
{
	struct pending *pending = data;

	(void)source, (void)now;
	if (pending->lingers) {
		leave(pending);
		return 0;
	}
	answer(pending->fd, 408, "no whole request came within 10 seconds");
	leave(pending);
	return 0;
}

/* Watches the descriptor, which is the pending's then; NULL without memory. */
static struct pending *pending_new(struct acceptor *acceptor, int fd, const struct peer *peer,
				   uint64_t usec)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->acceptor = acceptor;
	pending->peer = *peer;
	pending->fd = -1;
	TAILQ_INSERT_TAIL(&acceptor->pending, pending, entry);
	if (sd_event_add_io(acceptor->loop, &pending->io, fd, EPOLLIN | EPOLLRDHUP | EPOLLET,
			    on_visitor, pending) < 0 ||
	    sd_event_add_time_relative(acceptor->loop, &pending->timer, CLOCK_MONOTONIC, usec, 0,
				       on_late, pending) < 0) {
		pending_free(pending);
		return NULL;
	}
	pending->fd = fd;
	return pending;
}

/* Keeps a descriptor of its own, and gives up where that fails: the answer is sent anyway. */
static void linger(struct acceptor *acceptor, int fd)
{
	const struct peer nobody = {};
	struct pending *pending;

	if (acceptor->lingering >= LINGER_MAX)
		return;
	_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	pending = pending_new(acceptor, copy, &nobody, LINGER_USEC);
	if (!pending)
		return;
	TAKE_FD(copy);
	start_lingering(pending);
}

void acceptor_linger(struct acceptor *acceptor, int fd)
{
	char byte;

	if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		linger(acceptor, fd);
}

static void refuse_quota(struct acceptor *acceptor, int fd, int error)
{
	bool own = error == -EDQUOT;

	answer(fd, own ? 429 : 503,
	       own ? "you hold as many connections as a user may: close some first"
		   : "all connections are taken: try again in a few seconds");
	linger(acceptor, fd);
}

/* Makes room: who has waited longest without asking anything has to go. */
static bool send_one_away(struct acceptor *acceptor)
{
	struct pending *pending = TAILQ_FIRST(&acceptor->pending);

	while (pending && pending->lingers)
		pending = TAILQ_NEXT(pending, entry);
	if (pending)
		refuse(pending, 503, "too many connections: send the request at once");
	return pending != NULL;
}

/* Those who see all get in before those who only hold a connection. */
static int take_quota(struct acceptor *acceptor, const struct peer *peer)
{
	int r = quota_connect(acceptor->quota, peer);

	if (r == -EUSERS && peer->sees_all && send_one_away(acceptor))
		r = quota_connect(acceptor->quota, peer);
	return r;
}

static void greet(struct acceptor *acceptor, int connection)
{
	_close_ int fd = connection;
	struct pending *pending;
	struct peer peer;
	int r;

	if (peer_read(&peer, fd, acceptor->privileged) < 0)
		return;
	r = take_quota(acceptor, &peer);
	if (r < 0) {
		refuse_quota(acceptor, fd, r);
		return;
	}
	pending = pending_new(acceptor, fd, &peer, HEAD_USEC);
	if (pending)
		TAKE_FD(fd);
	else
		quota_disconnect(acceptor->quota, &peer);
}

static int on_rested(sd_event_source *source, uint64_t now, void *data)
{
	struct acceptor *acceptor = data;

	(void)source, (void)now;
	return sd_event_source_set_enabled(acceptor->listening, SD_EVENT_ON);
}

/* The waiting connection would wake the loop again and again. */
static int rest(struct acceptor *acceptor)
{
	int r = sd_event_source_set_time_relative(acceptor->pause, ACCEPT_USEC);

	if (r >= 0)
		r = sd_event_source_set_enabled(acceptor->pause, SD_EVENT_ONESHOT);
	return r < 0 ? r : sd_event_source_set_enabled(acceptor->listening, SD_EVENT_OFF);
}

static int on_connect(sd_event_source *source, int listening, uint32_t events, void *data)
{
	struct acceptor *acceptor = data;

	(void)source, (void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			greet(acceptor, fd);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR && errno != ECONNABORTED)
			return rest(acceptor);
	}
	return 0;
}

int acceptor_open(struct acceptor **acceptor, sd_event *loop, int fd, struct quota *quota,
		  acceptor_admit *admit, void *data)
{
	struct acceptor *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	TAILQ_INIT(&a->pending);
	a->loop = sd_event_ref(loop);
	a->quota = quota;
	a->admit = admit;
	a->data = data;
	a->privileged = peer_group(FDW_GROUP);
	a->fd = -1;
	r = sd_event_add_io(loop, &a->listening, fd, EPOLLIN, on_connect, a);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &a->pause, CLOCK_MONOTONIC, 0, 0, on_rested,
					       a);
	if (r < 0) {
		acceptor_close(a);
		return r;
	}
	a->fd = fd;
	*acceptor = a;
	return 0;
}

void acceptor_close(struct acceptor *acceptor)
{
	struct pending *pending;

	if (!acceptor)
		return;
	while ((pending = TAILQ_FIRST(&acceptor->pending)))
		leave(pending);
	sd_event_source_disable_unref(acceptor->listening);
	sd_event_source_disable_unref(acceptor->pause);
	sd_event_unref(acceptor->loop);
	cleanup_close(&acceptor->fd);
	free(acceptor);
}
