// SPDX-License-Identifier: BSD-2-Clause
#include "model/event.h"

#include <stdlib.h>

struct event_log {
	uint64_t last; /* id of the newest event, 0 before the first */
	void (*added)(void *data);
	void *data;
	struct event ring[EVENT_LOG_CAPACITY]; /* event `id` stands at id % EVENT_LOG_CAPACITY */
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
	struct event *slot = &log->ring[++log->last % EVENT_LOG_CAPACITY];

	*slot = *event;
	slot->id = log->last;
	if (log->added)
		log->added(log->data);
}

const struct event *event_log_next(const struct event_log *log, uint64_t after)
{
	if (after >= log->last)
		return NULL;
	if (log->last - after > EVENT_LOG_CAPACITY)
		after = log->last - EVENT_LOG_CAPACITY;
	return &log->ring[(after + 1) % EVENT_LOG_CAPACITY];
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
