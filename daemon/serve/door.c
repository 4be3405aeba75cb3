// SPDX-License-Identifier: BSD-2-Clause
#include "serve/door.h"

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

struct visitor {
	TAILQ_ENTRY(visitor) entry;
	struct door *door;
	sd_event_source *io;
	sd_event_source *timer;
	struct peer peer;
	size_t drained;
	int fd;
	bool lingers; /* answered; holds no quota */
};

struct door {
	TAILQ_HEAD(, visitor) visitors; /* the first came first */
	sd_event *loop;
	sd_event_source *listening;
	sd_event_source *pause;
	struct quota *quota;
	door_entered *entered;
	void *data;
	size_t lingering;
	gid_t privileged;
	int fd;
	char bytes[HEAD_MAX]; /* read into by one visitor at a time */
};

static void visitor_free(struct visitor *visitor)
{
	struct door *door = visitor->door;

	TAILQ_REMOVE(&door->visitors, visitor, entry);
	sd_event_source_disable_unref(visitor->io);
	sd_event_source_disable_unref(visitor->timer);
	cleanup_close(&visitor->fd);
	if (visitor->lingers)
		door->lingering--;
	free(visitor);
}

static void leave(struct visitor *visitor)
{
	if (!visitor->lingers)
		quota_disconnect(visitor->door->quota, &visitor->peer);
	visitor_free(visitor);
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
static bool drain(struct visitor *visitor)
{
	struct door *door = visitor->door;
	ssize_t size;

	while (visitor->drained < LINGER_BYTES) {
		size = recv(visitor->fd, door->bytes, sizeof(door->bytes), MSG_DONTWAIT);
		if (size <= 0)
			return size < 0 && (errno == EAGAIN || errno == EINTR);
		visitor->drained += (size_t)size;
	}
	return false;
}

static void start_lingering(struct visitor *visitor)
{
	struct door *door = visitor->door;

	visitor->lingers = true;
	door->lingering++;
	shutdown(visitor->fd, SHUT_WR);
	if (door->lingering > LINGER_MAX || !drain(visitor) ||
	    sd_event_source_set_time_relative(visitor->timer, LINGER_USEC) < 0)
		leave(visitor);
}

static void refuse(struct visitor *visitor, unsigned status, const char *text)
{
	answer(visitor->fd, status, text);
	quota_disconnect(visitor->door->quota, &visitor->peer);
	start_lingering(visitor);
}

static void enter(struct visitor *visitor)
{
	struct door *door = visitor->door;
	struct peer peer = visitor->peer;
	int fd = visitor->fd;

	/* The loop lets go of the descriptor before its next owner takes it. */
	sd_event_source_disable_unref(visitor->io);
	visitor->io = NULL;
	visitor->fd = -1;
	visitor_free(visitor);
	door->entered(fd, &peer, door->data);
}

static void look_at_head(struct visitor *visitor, bool ended)
{
	char *bytes = visitor->door->bytes;
	const char *error;
	ssize_t size = recv(visitor->fd, bytes, HEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
	unsigned status;

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		leave(visitor);
		return;
	}
	status = head_check(bytes, (size_t)size, &error);
	if (status == HEAD_WHOLE)
		enter(visitor);
	else if (status != HEAD_PARTIAL)
		refuse(visitor, status, error);
	else if (ended)
		refuse(visitor, 400, "the request ended before its header did");
}

/* Edge-triggered: what was peeked at stays, and says nothing new until more comes. */
static int on_visitor(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct visitor *visitor = data;

	(void)source, (void)fd;
	if (!visitor->lingers)
		look_at_head(visitor, events & (EPOLLRDHUP | EPOLLHUP));
	else if (!drain(visitor))
		leave(visitor);
	return 0;
}

static int on_late(sd_event_source *source, uint64_t now, void *data)
{
	struct visitor *visitor = data;

	(void)source, (void)now;
	if (visitor->lingers) {
		leave(visitor);
		return 0;
	}
	answer(visitor->fd, 408, "no whole request came within 10 seconds");
	leave(visitor);
	return 0;
}

/* Watches the descriptor, which is the visitor's then; NULL without memory. */
static struct visitor *visitor_new(struct door *door, int fd, const struct peer *peer,
				   uint64_t usec)
{
	struct visitor *visitor = calloc(1, sizeof(*visitor));

	if (!visitor)
		return NULL;
	visitor->door = door;
	visitor->peer = *peer;
	visitor->fd = -1;
	TAILQ_INSERT_TAIL(&door->visitors, visitor, entry);
	if (sd_event_add_io(door->loop, &visitor->io, fd, EPOLLIN | EPOLLRDHUP | EPOLLET,
			    on_visitor, visitor) < 0 ||
	    sd_event_add_time_relative(door->loop, &visitor->timer, CLOCK_MONOTONIC, usec, 0,
				       on_late, visitor) < 0) {
		visitor_free(visitor);
		return NULL;
	}
	visitor->fd = fd;
	return visitor;
}

/* Keeps a descriptor of its own, and gives up where that fails: the answer is sent anyway. */
static void linger(struct door *door, int fd)
{
	const struct peer nobody = {};
	struct visitor *visitor;

	if (door->lingering >= LINGER_MAX)
		return;
	_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	visitor = visitor_new(door, copy, &nobody, LINGER_USEC);
	if (!visitor)
		return;
	TAKE_FD(copy);
	start_lingering(visitor);
}

void door_linger(struct door *door, int fd)
{
	char byte;

	if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		linger(door, fd);
}

static void refuse_quota(struct door *door, int fd, int error)
{
	bool own = error == -EDQUOT;

	answer(fd, own ? 429 : 503,
	       own ? "you hold as many connections as a user may: close some first"
		   : "all connections are taken: try again in a few seconds");
	linger(door, fd);
}

/* Makes room: who has waited longest without asking anything has to go. */
static bool send_one_away(struct door *door)
{
	struct visitor *visitor = TAILQ_FIRST(&door->visitors);

	while (visitor && visitor->lingers)
		visitor = TAILQ_NEXT(visitor, entry);
	if (visitor)
		refuse(visitor, 503, "too many connections: send the request at once");
	return visitor != NULL;
}

/* Those who see all get in before those who only hold a connection. */
static int admit(struct door *door, const struct peer *peer)
{
	int r = quota_connect(door->quota, peer);

	if (r == -EUSERS && peer->sees_all && send_one_away(door))
		r = quota_connect(door->quota, peer);
	return r;
}

static void greet(struct door *door, int connection)
{
	_close_ int fd = connection;
	struct visitor *visitor;
	struct peer peer;
	int r;

	if (peer_read(&peer, fd, door->privileged) < 0)
		return;
	r = admit(door, &peer);
	if (r < 0) {
		refuse_quota(door, fd, r);
		return;
	}
	visitor = visitor_new(door, fd, &peer, HEAD_USEC);
	if (visitor)
		TAKE_FD(fd);
	else
		quota_disconnect(door->quota, &peer);
}

static int on_rested(sd_event_source *source, uint64_t now, void *data)
{
	struct door *door = data;

	(void)source, (void)now;
	return sd_event_source_set_enabled(door->listening, SD_EVENT_ON);
}

/* The waiting connection would wake the loop again and again. */
static int rest(struct door *door)
{
	int r = sd_event_source_set_time_relative(door->pause, ACCEPT_USEC);

	if (r >= 0)
		r = sd_event_source_set_enabled(door->pause, SD_EVENT_ONESHOT);
	return r < 0 ? r : sd_event_source_set_enabled(door->listening, SD_EVENT_OFF);
}

static int on_knock(sd_event_source *source, int listening, uint32_t events, void *data)
{
	struct door *door = data;

	(void)source, (void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			greet(door, fd);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR && errno != ECONNABORTED)
			return rest(door);
	}
	return 0;
}

int door_open(struct door **door, sd_event *loop, int fd, struct quota *quota,
	      door_entered *entered, void *data)
{
	struct door *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	TAILQ_INIT(&d->visitors);
	d->loop = sd_event_ref(loop);
	d->quota = quota;
	d->entered = entered;
	d->data = data;
	d->privileged = peer_group(FDW_GROUP);
	d->fd = -1;
	r = sd_event_add_io(loop, &d->listening, fd, EPOLLIN, on_knock, d);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &d->pause, CLOCK_MONOTONIC, 0, 0, on_rested,
					       d);
	if (r < 0) {
		door_close(d);
		return r;
	}
	d->fd = fd;
	*door = d;
	return 0;
}

void door_close(struct door *door)
{
	struct visitor *visitor;

	if (!door)
		return;
	while ((visitor = TAILQ_FIRST(&door->visitors)))
		leave(visitor);
	sd_event_source_disable_unref(door->listening);
	sd_event_source_disable_unref(door->pause);
	sd_event_unref(door->loop);
	cleanup_close(&door->fd);
	free(door);
}
