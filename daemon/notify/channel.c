// SPDX-License-Identifier: BSD-2-Clause
#include "notify/channel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define TIMER_ACCURACY 10000 /* microseconds */
#define ROOM_USEC 1000000    /* after memory ran out */

void channel_init(struct channel *channel, enum notify_channel number, sd_event *loop,
		  const struct notify_calls *calls)
{
	static const char *const names[NOTIFY_CHANNELS] = {
		[NOTIFY_JOURNAL] = "journal",
		[NOTIFY_HOOK] = "hook",
		[NOTIFY_ALERTMANAGER] = "alertmanager",
	};

	*channel = (struct channel){.number = number, .loop = loop, .calls = *calls};
	channel->status.name = names[number];
	TAILQ_INIT(&channel->queue);
}

static void forget(struct channel *channel, struct pending *pending)
{
	TAILQ_REMOVE(&channel->queue, pending, link);
	channel->status.waiting--;
	free(pending);
}

void channel_close(struct channel *channel)
{
	while (!TAILQ_EMPTY(&channel->queue))
		forget(channel, TAILQ_FIRST(&channel->queue));
	channel->room = sd_event_source_disable_unref(channel->room);
}

/* From the loop: whoever is called may hand over at once. */
static int on_room(sd_event_source *source, uint64_t due, void *data)
{
	struct channel *channel = data;

	(void)source, (void)due;
	channel->refused = false;
	channel->calls.room(channel->number, channel->calls.data);
	return 0;
}

static void set_room(struct channel *channel, uint64_t usec)
{
	timer_set(channel->loop, &channel->room, usec, on_room, channel);
}

static void refuse(struct channel *channel)
{
	channel->refused = true;
	if (channel->status.waiting <= NOTIFY_QUEUE / 2)
		set_room(channel, ROOM_USEC);
}

struct pending *channel_find(const struct channel *channel, uint64_t event_id)
{
	struct pending *pending;

	TAILQ_FOREACH(pending, &channel->queue, link)
	if (pending->notice.event_id == event_id)
		return pending;
	return NULL;
}

int channel_add(struct channel *channel, const struct notice *notice)
{
	struct pending *pending = NULL;

	if (channel_find(channel, notice->event_id))
		return 0;
	/* After one that was refused, the next would overtake it. */
	if (!channel->refused && channel->status.waiting < NOTIFY_QUEUE)
		pending = calloc(1, sizeof(*pending));
	if (!pending) {
		refuse(channel);
		return -ENOBUFS;
	}
	pending->notice = *notice;
	TAILQ_INSERT_TAIL(&channel->queue, pending, link);
	channel->status.waiting++;
	return 0;
}

void channel_take_back(struct channel *channel, uint64_t event_id)
{
	struct pending *pending = channel_find(channel, event_id);

	if (pending)
		forget(channel, pending);
	refuse(channel);
}

void channel_done(struct channel *channel, struct pending *pending, bool told)
{
	uint64_t event_id = pending->notice.event_id;

	forget(channel, pending);
	if (told)
		channel->status.told_total++;
	else
		channel->status.given_up_total++;
	if (channel->refused && channel->status.waiting <= NOTIFY_QUEUE / 2)
		set_room(channel, 0);
	channel->calls.done(event_id, channel->number, channel->calls.data);
}

void channel_log(const struct channel *channel, int level, const char *format, ...)
{
	char line[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	channel->calls.log(level, line, channel->calls.data);
}

int timer_set(sd_event *loop, sd_event_source **source, uint64_t usec, sd_event_time_handler_t due,
	      void *data)
{
	int r;

	if (!*source)
		return sd_event_add_time_relative(loop, source, CLOCK_MONOTONIC, usec,
						  TIMER_ACCURACY, due, data);
	r = sd_event_source_set_time_relative(*source, usec);
	return r < 0 ? r : sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

uint64_t backoff_usec(unsigned failed, uint64_t first, uint64_t most)
{
	uint64_t usec = first;
	uint32_t random = 0;

	while (failed-- > 1 && usec < most)
		usec *= 2;
	if (usec > most)
		usec = most;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	return usec + usec / 4 * (random >> 16) / 65536;
}
