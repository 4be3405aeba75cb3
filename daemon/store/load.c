// SPDX-License-Identifier: BSD-2-Clause
/* What an earlier daemon left, read once at the start. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/outbox.h"
#include "store/state.h"

#define OPEN_MAX_COUNT 65536       /* open incidents that are read: more are nobody's */
#define CLOCK_SLACK 86400000000ULL /* microseconds that ids may lie ahead of the clock */

/* Room for one more item; NULL without memory. */
static void *grow(void *items, size_t count, size_t size)
{
	size_t room = count & (count - 1) ? 0 : count ? count * 2 : 1; /* at powers of two */

	return room ? reallocarray(items, room, size) : items;
}

struct loading {
	struct store_found *found;
	const char *boot;
};

static int take_incident(const struct incident *incident, const char *boot, void *data)
{
	const struct loading *l = data;
	struct store_found *found = l->found;
	struct store_incident *items =
		grow(found->incidents, found->incident_count, sizeof(*items));

	if (!items || found->incident_count >= OPEN_MAX_COUNT)
		return items ? 0 : -ENOMEM;
	found->incidents = items;
	items[found->incident_count++] = (struct store_incident){*incident, !strcmp(boot, l->boot)};
	return 0;
}

static int take_notice(const struct notice *notice, uint32_t channels, void *data)
{
	struct store_found *found = ((const struct loading *)data)->found;
	struct store_notice *items = grow(found->notices, found->notice_count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	found->notices = items;
	items[found->notice_count++] =
		(struct store_notice){*notice, channels & ~OUTBOX_LAST, channels & OUTBOX_LAST};
	return 0;
}

int load_incidents(struct database *d, const char *boot, uint64_t now, struct store_found *found)
{
	struct loading loading = {found, boot};
	int r = rows_last_id(d, now + CLOCK_SLACK, &found->last_id);

	if (!r)
		r = rows_open(d, take_incident, &loading);
	if (!r)
		r = outbox_read(d, take_notice, &loading);
	return r;
}

static int take_programs(const struct history_key *key, const void *bytes, size_t size,
			 struct store_found *found)
{
	if (key->pid || found->programs) /* a process's, as slots were once given out */
		return 0;
	found->programs = malloc(size + 1);
	if (!found->programs)
		return -ENOMEM;
	memcpy(found->programs, bytes, size);
	found->programs_size = size;
	found->programs_turn = key->turn;
	return 0;
}

static int take_history(const struct history_key *key, const void *bytes, size_t size, void *data)
{
	struct store_found *found = data;
	struct store_history *items;
	struct forecast *forecast;

	if (key->slot == HISTORY_PROGRAMS)
		return take_programs(key, bytes, size, found);
	items = grow(found->histories, found->history_count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	found->histories = items;
	forecast = forecast_restore(bytes, size);
	if (forecast)
		items[found->history_count++] = (struct store_history){
			forecast, key->start_time, key->pid, key->slot, key->turn};
	return 0;
}

int store_history_compare(const void *left, const void *right)
{
	const struct store_history *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->start_time < b->start_time ? -1 : a->start_time > b->start_time;
}

int load_histories(struct history *history, struct store_found *found)
{
	int r = history_read(history, take_history, found);

	if (found->history_count)
		qsort(found->histories, found->history_count, sizeof(*found->histories),
		      store_history_compare);
	return r;
}
