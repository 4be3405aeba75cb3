// SPDX-License-Identifier: BSD-2-Clause
#include "serve/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "serve/json.h"

/*
 * One who reads. Of the events it holds only the last that it was sent, so a slow one costs no more
 * than a quick one: what the history forgets meanwhile it loses, and is told.
 */
struct follower {
	const struct event_log *events;
	struct peer peer;
	uint64_t last;   /* event */
	uint64_t serial; /* of the last that is no exit */
	uint64_t end;    /* the last event of all, for one who does not follow */
	uint64_t end_serial;
	bool follows;
};

/*
 * Tells what was lost up to this serial; false where that is nothing. How many others' events there
 * were is none of an ordinary user's business.
 */
static bool write_lost(struct follower *follower, uint64_t serial, struct writer *line)
{
	if (serial <= follower->serial)
		return false;
	json_lost(line, clock_usec(CLOCK_REALTIME),
		  follower->peer.sees_all ? serial - follower->serial : 0);
	follower->serial = serial;
	return true;
}

/* Writes the next line that the reader may see. */
static enum feed_line next_line(void *data, struct writer *line)
{
	struct follower *follower = data;
	const struct event *event;

	while ((event = event_log_next(follower->events, follower->last))) {
		if (!follower->follows && event->id > follower->end)
			return write_lost(follower, follower->end_serial, line) ? FEED_LINE
										: FEED_END;
		if (event->serial && write_lost(follower, event->serial - 1, line))
			return FEED_LINE;
		follower->last = event->id;
		if (event->serial)
			follower->serial = event->serial;
		if (!peer_sees_event(&follower->peer, event))
			continue;
		json_event(line, event);
		return FEED_LINE;
	}
	return FEED_WAIT;
}

int stream_new(struct feeds *feeds, const struct event_log *events,
	       struct MHD_Connection *connection, int fd, const struct peer *peer, bool follow,
	       struct MHD_Response **response)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	const struct feed_source source = {.next = next_line, .free = free, .data = follower};

	if (!follower)
		return -ENOMEM;
	follower->events = events;
	follower->peer = *peer;
	follower->end = event_log_last(events);
	follower->end_serial = event_log_serial(events);
	follower->last = follow ? follower->end : 0;
	/* What the history had forgotten before is not lost. */
	follower->serial = follower->end_serial;
	if (!follow)
		follower->serial -= follower->serial < EVENT_LOG_CAPACITY ? follower->serial
									  : EVENT_LOG_CAPACITY;
	follower->follows = follow;
	return feed_new(feeds, connection, fd, peer, follow, &source, response);
}
