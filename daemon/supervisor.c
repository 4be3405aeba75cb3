// SPDX-License-Identifier: BSD-2-Clause
#include "supervisor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"

#define FEEDS 3 /* in the time the watchdog waits: two may be lost */
#define ACCURACY_USEC 1000

/* The address is looked up at each message: it is right over a socket that was bound anew. */
static ssize_t send_lines(const struct supervisor *s, const char *lines, int flags)
{
	return sendto(s->fd, lines, strlen(lines), MSG_NOSIGNAL | flags,
		      (const struct sockaddr *)&s->address, s->length);
}

void supervisor_tell(const struct supervisor *s, const char *lines)
{
	if (s->fd < 0 || send_lines(s, lines, 0) < 0)
		sd_notify(0, lines);
}

/* Never blocks: the next one comes soon. */
static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	const struct supervisor *s = data;

	(void)due;
	if (s->fd >= 0)
		send_lines(s, "WATCHDOG=1", MSG_DONTWAIT);
	else
		sd_notify(0, "WATCHDOG=1");
	sd_event_source_set_time_relative(source, s->period);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* A path, or an abstract name behind '@'; other families are libsystemd's. */
static void open_socket(struct supervisor *s)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name ? strlen(name) : 0;

	if (length < 2 || (name[0] != '/' && name[0] != '@') ||
	    length >= sizeof(s->address.sun_path))
		return;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, name, length + 1);
	s->length = offsetof(struct sockaddr_un, sun_path) + (socklen_t)length;
	if (name[0] == '@')
		s->address.sun_path[0] = '\0';
	else
		s->length++;
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int supervisor_open(struct supervisor *s, sd_event *loop)
{
	uint64_t patience;
	int r = sd_watchdog_enabled(0, &patience);

	*s = (struct supervisor){.fd = -1};
	open_socket(s);
	if (r <= 0)
		return r;
	s->period = patience / FEEDS;
	return sd_event_add_time_relative(loop, &s->timer, CLOCK_MONOTONIC, s->period,
					  ACCURACY_USEC, on_timer, s);
}

void supervisor_close(struct supervisor *s)
{
	sd_event_source_unref(s->timer);
	cleanup_close(&s->fd);
	*s = (struct supervisor){.fd = -1};
}
