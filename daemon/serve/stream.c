// SPDX-License-Identifier: BSD-2-Clause
#include "serve/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "serve/json.h"

#define BLOCK_SIZE (16 * 1024) /* of one write: half a connection's memory */

/*
 * One who reads. Of the events it holds only the last that it was sent, so a slow one costs no more
 * than a quick one: what the history forgets meanwhile it loses, and is told.
 */
struct follower {
	LIST_ENTRY(follower) entry;
	struct streams *streams;
	struct MHD_Connection *connection;
	sd_event_source *hangup; /* NULL for one who takes the history only */
	struct peer peer;
	uint64_t last;   /* event */
	uint64_t serial; /* of the last that is no exit */
	uint64_t end;    /* the last event of all, for one who does not follow */
	uint64_t end_serial;
	struct writer line; /* the one being sent */
	size_t sent;        /* of line */
	bool follows;
	bool sleeps; /* suspended until there is an event */
	bool gone;
};

/*
 * Tells what was lost up to this serial; false where that is nothing. How many others' events there
 * were is none of an ordinary user's business.
 */
static bool write_lost(struct follower *follower, uint64_t serial)
{
	if (serial <= follower->serial)
		return false;
	json_lost(&follower->line, clock_usec(CLOCK_REALTIME),
		  follower->peer.sees_all ? serial - follower->serial : 0);
	follower->serial = serial;
	return true;
}

/* Writes the next line that the reader may see; false where there is none. */
static bool next_line(struct follower *follower)
{
	const struct event *event;

	follower->line.length = follower->sent = 0;
	while ((event = event_log_next(follower->streams->events, follower->last))) {
		if (!follower->follows && event->id > follower->end)
			return write_lost(follower, follower->end_serial);
		if (event->serial && write_lost(follower, event->serial - 1))
			return true;
		follower->last = event->id;
		if (event->serial)
			follower->serial = event->serial;
		if (!peer_sees_event(&follower->peer, event))
			continue;
		json_event(&follower->line, event);
		return true;
	}
	return false;
}

static size_t fill(struct follower *follower, char *buffer, size_t size)
{
	size_t filled = 0;

	while (filled < size && !follower->line.failed) {
		size_t left = follower->line.length - follower->sent;
		size_t part = left < size - filled ? left : size - filled;

		if (left == 0) {
			if (!next_line(follower))
				break;
			continue;
		}
		memcpy(buffer + filled, follower->line.data + follower->sent, part);
		follower->sent += part;
		filled += part;
	}
	return filled;
}

/* While a connection is suspended nobody but this watches whether its client is still there. */
static void fall_asleep(struct follower *follower)
{
	follower->sleeps = true;
	MHD_suspend_connection(follower->connection);
	sd_event_source_set_enabled(follower->hangup, SD_EVENT_ONESHOT);
}

static void wake(struct follower *follower)
{
	if (!follower->sleeps)
		return;
	follower->sleeps = false;
	sd_event_source_set_enabled(follower->hangup, SD_EVENT_OFF);
	MHD_resume_connection(follower->connection);
}

static ssize_t on_read(void *data, uint64_t position, char *buffer, size_t size)
{
	struct follower *follower = data;
	size_t filled;

	(void)position;
	if (follower->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	filled = fill(follower, buffer, size);
	if (follower->line.failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (filled == 0 && !follower->follows)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (filled == 0)
		fall_asleep(follower);
	return (ssize_t)filled;
}

static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct follower *follower = data;

	(void)source, (void)fd, (void)events;
	follower->gone = true;
	wake(follower);
	follower->streams->woken(follower->streams->data);
	return 0;
}

static void follower_free(void *data)
{
	struct follower *follower = data;

	LIST_REMOVE(follower, entry);
	if (follower->follows)
		quota_end_stream(follower->streams->quota, &follower->peer);
	sd_event_source_disable_unref(follower->hangup);
	writer_free(&follower->line);
	free(follower);
}

static int watch_hangup(struct follower *follower, int fd)
{
	int r = sd_event_add_io(follower->streams->loop, &follower->hangup, fd, EPOLLHUP, on_hangup,
				follower);

	return r < 0 ? r : sd_event_source_set_enabled(follower->hangup, SD_EVENT_OFF);
}

int stream_new(struct streams *streams, struct MHD_Connection *connection, int fd,
	       const struct peer *peer, bool follow, struct MHD_Response **response)
{
	struct follower *follower;
	int r = 0;

	if (follow && !quota_stream(streams->quota, peer))
		return -EDQUOT;
	follower = calloc(1, sizeof(*follower));
	if (!follower) {
		if (follow)
			quota_end_stream(streams->quota, peer);
		return -ENOMEM;
	}
	follower->streams = streams;
	follower->connection = connection;
	follower->peer = *peer;
	follower->end = event_log_last(streams->events);
	follower->end_serial = event_log_serial(streams->events);
	follower->last = follow ? follower->end : 0;
	/* What the history had forgotten before is not lost. */
	follower->serial = follower->end_serial;
	if (!follow)
		follower->serial -= follower->serial < EVENT_LOG_CAPACITY ? follower->serial
									  : EVENT_LOG_CAPACITY;
	follower->follows = follow;
	LIST_INSERT_HEAD(&streams->followers, follower, entry);
	if (follow)
		r = watch_hangup(follower, fd);
	if (r >= 0)
		*response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read,
							      follower, follower_free);
	if (r >= 0 && *response)
		return 0;
	follower_free(follower);
	return r < 0 ? r : -ENOMEM;
}

void streams_wake(struct streams *streams)
{
	struct follower *follower;
	bool any = false;

	LIST_FOREACH(follower, &streams->followers, entry)
	{
		any = any || follower->sleeps;
		wake(follower);
	}
	if (any)
		streams->woken(streams->data);
}
