// SPDX-License-Identifier: BSD-2-Clause
#include "model/event.h"

#include <stdlib.h>

struct event_log {
	uint64_t last;   /* id of the newest event, 0 before the first */
	uint64_t serial; /* of the newest that is no exit */
	uint64_t exits;  /* how many there have been */
	void (*added)(void *data);
	void *data;
	struct event events[EVENT_LOG_CAPACITY]; /* by serial, modulo the capacity */
	struct event exit[EVENT_LOG_EXITS];      /* by their number */
};

struct event_log *event_log_new(void)
{
	return calloc(1, sizeof(struct event_log));
}

void event_log_free(struct event_log *log)
{
	free(log);
}

void event_log_add(struct event_log *log, const struct event *event)
{
	bool is_exit = event->type == EVENT_EXIT;
	struct event *slot = is_exit ? &log->exit[++log->exits % EVENT_LOG_EXITS]
				     : &log->events[++log->serial % EVENT_LOG_CAPACITY];

	*slot = *event;
	slot->id = ++log->last;
	slot->serial = is_exit ? 0 : log->serial;
	if (log->added)
		log->added(log->data);
}

/* The first event above `after` in a ring whose newest is `count`: ids rise along it. */
static const struct event *next_in(const struct event *ring, uint64_t capacity, uint64_t count,
				   uint64_t after)
{
	uint64_t low = count > capacity ? count - capacity + 1 : 1, high = count + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (ring[middle % capacity].id > after)
			high = middle;
		else
			low = middle + 1;
	}
	return low > count ? NULL : &ring[low % capacity];
}

const struct event *event_log_next(const struct event_log *log, uint64_t after)
{
	const struct event *event = next_in(log->events, EVENT_LOG_CAPACITY, log->serial, after);
	const struct event *end = next_in(log->exit, EVENT_LOG_EXITS, log->exits, after);

	if (!event || !end)
		return event ? event : end;
	return event->id < end->id ? event : end;
}

uint64_t event_log_last(const struct event_log *log)
{
	return log->last;
}

uint64_t event_log_serial(const struct event_log *log)
{
	return log->serial;
}

void event_log_on_add(struct event_log *log, void (*added)(void *data), void *data)
{
	log->added = added;
	log->data = data;
}

const char *event_type_name(enum event_type type)
{
	static const char *const names[EVENT_TYPE_COUNT] = {
		[EVENT_STATE] = "state",   [EVENT_EMFILE] = "emfile",
		[EVENT_ENFILE] = "enfile", [EVENT_THRESHOLD] = "threshold",
		[EVENT_LIMIT] = "limit",   [EVENT_EXIT] = "exit",
	};

	return names[type];
}
