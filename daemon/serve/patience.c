// SPDX-License-Identifier: BSD-2-Clause
#include "serve/patience.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "clock.h"

#define STEP_USEC (30 * 1000000ULL) /* a scrape gives up long before */
#define LOOK_USEC (5 * 1000000ULL)

struct visitor {
	TAILQ_ENTRY(visitor) entry;
	uint64_t since; /* its last step */
	int fd;
	bool ended; /* told to go */
};

struct patience {
	TAILQ_HEAD(, visitor) visitors; /* who has stood still longest comes first */
	sd_event_source *timer;
	size_t count; /* of those not told to go */
	size_t room;
};

/* The library closes it when it sees that. */
static void end(struct patience *patience, struct visitor *visitor)
{
	if (visitor->ended)
		return;
	shutdown(visitor->fd, SHUT_RDWR);
	visitor->ended = true;
	patience->count--;
}

static void make_room(struct patience *patience)
{
	struct visitor *visitor = TAILQ_FIRST(&patience->visitors);

	while (visitor && visitor->ended)
		visitor = TAILQ_NEXT(visitor, entry);
	if (visitor)
		end(patience, visitor);
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct patience *patience = data;
	uint64_t now = clock_usec(CLOCK_MONOTONIC);
	struct visitor *visitor;

	(void)due;
	TAILQ_FOREACH(visitor, &patience->visitors, entry)
	{
		if (now - visitor->since < STEP_USEC)
			break;
		end(patience, visitor);
	}
	if (TAILQ_EMPTY(&patience->visitors))
		return 0;
	sd_event_source_set_time_relative(source, LOOK_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

struct patience *patience_new(sd_event *loop, size_t room)
{
	struct patience *patience = calloc(1, sizeof(*patience));

	if (!patience)
		return NULL;
	TAILQ_INIT(&patience->visitors);
	patience->room = room;
	if (sd_event_add_time_relative(loop, &patience->timer, CLOCK_MONOTONIC, LOOK_USEC, 0,
				       on_timer, patience) < 0) {
		free(patience);
		return NULL;
	}
	return patience;
}

void patience_free(struct patience *patience)
{
	if (!patience)
		return;
	sd_event_source_disable_unref(patience->timer);
	free(patience);
}

/* NULL without memory: one that nobody ends but the library. */
static struct visitor *enter(struct patience *patience, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct visitor *visitor = info ? calloc(1, sizeof(*visitor)) : NULL;
	int enabled = SD_EVENT_OFF;

	if (!visitor)
		return NULL;
	if (patience->count >= patience->room)
		make_room(patience);
	visitor->fd = info->connect_fd;
	visitor->since = clock_usec(CLOCK_MONOTONIC);
	TAILQ_INSERT_TAIL(&patience->visitors, visitor, entry);
	patience->count++;
	sd_event_source_get_enabled(patience->timer, &enabled);
	if (enabled == SD_EVENT_OFF) {
		sd_event_source_set_time_relative(patience->timer, LOOK_USEC);
		sd_event_source_set_enabled(patience->timer, SD_EVENT_ONESHOT);
	}
	return visitor;
}

static void leave(struct patience *patience, struct visitor *visitor)
{
	if (!visitor)
		return;
	TAILQ_REMOVE(&patience->visitors, visitor, entry);
	patience->count -= !visitor->ended;
	free(visitor);
}

void patience_on_connection(void *data, struct MHD_Connection *connection, void **context,
			    enum MHD_ConnectionNotificationCode code)
{
	struct patience *patience = data;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = enter(patience, connection);
		return;
	}
	leave(patience, *context);
	*context = NULL;
}

void patience_step(struct patience *patience, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visitor *visitor = info ? info->socket_context : NULL;

	if (!visitor)
		return;
	visitor->since = clock_usec(CLOCK_MONOTONIC);
	TAILQ_REMOVE(&patience->visitors, visitor, entry);
	TAILQ_INSERT_TAIL(&patience->visitors, visitor, entry);
}
