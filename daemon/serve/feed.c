// SPDX-License-Identifier: BSD-2-Clause
#include "serve/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define BLOCK_SIZE (16 * 1024) /* of one write: half a connection's memory */

struct feed {
	LIST_ENTRY(feed) entry;
	struct feeds *feeds;
	struct MHD_Connection *connection;
	sd_event_source *hangup; /* NULL for one that does not follow */
	struct peer peer;
	struct feed_source source;
	struct writer line; /* the one being sent */
	size_t sent;        /* of line */
	bool follows;
	bool sleeps; /* suspended until there is something to tell */
	bool ended;
	bool gone;
};

/* Writes the next line; false where there is none now. */
static bool next_line(struct feed *feed)
{
	enum feed_line next;

	feed->line.length = feed->sent = 0;
	if (feed->ended)
		return false;
	next = feed->source.next(feed->source.data, &feed->line);
	feed->ended = next == FEED_END || (next == FEED_WAIT && !feed->follows);
	return next == FEED_LINE;
}

static size_t fill(struct feed *feed, char *buffer, size_t size)
{
	size_t filled = 0;

	while (filled < size && !feed->line.failed) {
		size_t left = feed->line.length - feed->sent;
		size_t part = left < size - filled ? left : size - filled;

		if (left == 0) {
			if (!next_line(feed))
				break;
			continue;
		}
		memcpy(buffer + filled, feed->line.data + feed->sent, part);
		feed->sent += part;
		filled += part;
	}
	return filled;
}

/* While a connection is suspended nobody but this watches whether its client is still there. */
static void fall_asleep(struct feed *feed)
{
	feed->sleeps = true;
	MHD_suspend_connection(feed->connection);
	sd_event_source_set_enabled(feed->hangup, SD_EVENT_ONESHOT);
}

static void wake(struct feed *feed)
{
	if (!feed->sleeps)
		return;
	feed->sleeps = false;
	sd_event_source_set_enabled(feed->hangup, SD_EVENT_OFF);
	MHD_resume_connection(feed->connection);
}

static ssize_t on_read(void *data, uint64_t position, char *buffer, size_t size)
{
	struct feed *feed = data;
	size_t filled;

	(void)position;
	if (feed->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	filled = fill(feed, buffer, size);
	if (feed->line.failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (filled == 0 && feed->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (filled == 0)
		fall_asleep(feed);
	return (ssize_t)filled;
}

static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct feed *feed = data;

	(void)source, (void)fd, (void)events;
	feed->gone = true;
	wake(feed);
	feed->feeds->woken(feed->feeds->data);
	return 0;
}

static void feed_free(void *data)
{
	struct feed *feed = data;

	LIST_REMOVE(feed, entry);
	if (feed->follows)
		quota_end_stream(feed->feeds->quota, &feed->peer);
	sd_event_source_disable_unref(feed->hangup);
	feed->source.free(feed->source.data);
	writer_free(&feed->line);
	free(feed);
}

static int watch_hangup(struct feed *feed, int fd)
{
	int r = sd_event_add_io(feed->feeds->loop, &feed->hangup, fd, EPOLLHUP, on_hangup, feed);

	return r < 0 ? r : sd_event_source_set_enabled(feed->hangup, SD_EVENT_OFF);
}

static int make(struct feed **made, struct feeds *feeds, const struct peer *peer, bool follow)
{
	if (follow && !quota_stream(feeds->quota, peer))
		return -EDQUOT;
	*made = calloc(1, sizeof(**made));
	if (*made)
		return 0;
	if (follow)
		quota_end_stream(feeds->quota, peer);
	return -ENOMEM;
}

int feed_new(struct feeds *feeds, struct MHD_Connection *connection, int fd,
	     const struct peer *peer, bool follow, const struct feed_source *source,
	     struct MHD_Response **response)
{
	struct feed *feed;
	int r = make(&feed, feeds, peer, follow);

	if (r < 0) {
		source->free(source->data);
		return r;
	}
	feed->feeds = feeds;
	feed->connection = connection;
	feed->peer = *peer;
	feed->source = *source;
	feed->follows = follow;
	LIST_INSERT_HEAD(&feeds->all, feed, entry);
	if (follow)
		r = watch_hangup(feed, fd);
	if (r >= 0)
		*response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read,
							      feed, feed_free);
	if (r >= 0 && *response)
		return 0;
	feed_free(feed);
	return r < 0 ? r : -ENOMEM;
}

void feeds_wake(struct feeds *feeds)
{
	struct feed *feed;
	bool any = false;

	LIST_FOREACH(feed, &feeds->all, entry)
	{
		any = any || feed->sleeps;
		wake(feed);
	}
	if (any)
		feeds->woken(feeds->data);
}
