// SPDX-License-Identifier: BSD-2-Clause
#include "model/site_rank.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/held.h"

/* One descriptor whose site is known. */
struct item {
	const struct site *site;
	const struct descriptor *descriptor;
	uint64_t place;
};

struct ranker {
	const struct descriptor_list *list;
	struct held_index *held;
	struct item *items;
	size_t count;
	uint64_t *times; /* room for those of one place */
	uint64_t now;
	uint64_t until; /* when something could be opened last */
};

/* What is not resolved is a place of its own. */
static uint64_t place_of(const struct site *site)
{
	return site->state == SITE_KNOWN ? site->place : site->id;
}

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->site->id != b->site->id)
		return a->site->id < b->site->id ? -1 : 1;
	return a->descriptor->opened < b->descriptor->opened   ? -1
	       : a->descriptor->opened > b->descriptor->opened ? 1
							       : 0;
}

static int compare_times(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void collect(struct ranker *r, struct ranking *ranking)
{
	for (size_t i = 0; i < r->list->count; i++) {
		const struct descriptor *d = &r->list->items[i];
		const struct site *site = d->site ? site_set_find(ranking->set, d->site) : NULL;

		if (!site || site->state == SITE_LOST || !d->opened) {
			ranking->unexplained++;
			continue;
		}
		r->items[r->count++] = (struct item){site, d, place_of(site)};
	}
	qsort(r->items, r->count, sizeof(*r->items), compare_items);
}

/* What a descriptor leads to: a path, or the far end of a connection. */
static const char *target_of(const struct descriptor *d)
{
	const struct socket_info *socket = d->socket;

	if (socket && socket->remote[0])
		return socket->remote;
	if (socket && socket->local[0])
		return socket->local;
	return d->name;
}

static int add_example(struct place *place, const struct descriptor *d)
{
	const char *target = target_of(d);
	size_t length = target ? strlen(target) : 0;
	char text[PLACE_EXAMPLE_SIZE];

	if (length == 0 || place->example_count == PLACE_EXAMPLES)
		return 0;
	if (length < sizeof(text))
		snprintf(text, sizeof(text), "%s", target);
	else /* its end tells more */
		snprintf(text, sizeof(text), "...%s", target + length - (sizeof(text) - 4));
	for (size_t i = 0; i < place->example_count; i++)
		if (!strcmp(place->examples[i], text))
			return 0;
	place->examples[place->example_count] = strdup(text);
	return place->examples[place->example_count++] ? 0 : -ENOMEM;
}

static enum fdw_kind kind_of_most(const struct item *items, size_t count)
{
	size_t kinds[FDW_KIND_COUNT] = {}, most = 0;

	for (size_t i = 0; i < count; i++)
		kinds[items[i].descriptor->kind]++;
	for (size_t kind = 1; kind < FDW_KIND_COUNT; kind++)
		if (kinds[kind] > kinds[most])
			most = kind;
	return (enum fdw_kind)most;
}

/* Items of one place stand by site: of those the one with the most, and what all have opened. */
static void sum_sites(struct place *place, const struct item *items, size_t count,
		      uint64_t *first_seen)
{
	size_t most = 0;

	for (size_t i = 0, next; i < count; i = next) {
		for (next = i; next < count && items[next].site == items[i].site;)
			next++;
		place->opened +=
			items[i].site->opened > next - i ? items[i].site->opened : next - i;
		place->elsewhere += items[i].site->elsewhere;
		if (items[i].site->first_seen < *first_seen)
			*first_seen = items[i].site->first_seen;
		place->stacks++;
		if (next - i <= most)
			continue;
		most = next - i;
		place->site = items[i].site;
	}
}

static bool is_accepting(const struct site *site)
{
	return site->call && !strncmp(site->call, "accept", 6);
}

static int judge(struct ranker *r, struct place *place, const struct item *items, size_t count,
		 uint64_t since)
{
	struct evidence evidence = {
		.times = r->times,
		.live = count,
		.opened = place->opened,
		.elsewhere = place->elsewhere,
		.since = since,
		.now = r->until,
	};
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const struct descriptor *d = items[i].descriptor;

		r->times[i] = d->opened;
		evidence.listening += socket_listens(d);
		evidence.held += socket_is_held(r->held, d, is_accepting(items[i].site));
		error = error ?: add_example(place, d);
	}
	qsort(r->times, count, sizeof(*r->times), compare_times);
	place->oldest = r->now > r->times[0] ? r->now - r->times[0] : 0;
	place->median = r->now > r->times[count / 2] ? r->now - r->times[count / 2] : 0;
	place->verdict = verdict_reach(&evidence, &place->reason);
	return error;
}

static int add_place(struct ranker *r, struct ranking *ranking, const struct item *items,
		     size_t count)
{
	struct place *place = &ranking->places[ranking->count++];
	uint64_t since = UINT64_MAX;

	place->live = count;
	place->kind = kind_of_most(items, count);
	sum_sites(place, items, count, &since);
	return judge(r, place, items, count, since);
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->live != b->live)
		return a->live < b->live ? 1 : -1;
	if (a->oldest != b->oldest)
		return a->oldest < b->oldest ? 1 : -1;
	return a->site->id < b->site->id ? -1 : a->site->id > b->site->id;
}

static int add_places(struct ranker *r, struct ranking *ranking)
{
	size_t places = 0;
	int error = 0;

	for (size_t i = 0; i < r->count; i++)
		places += i == 0 || r->items[i].place != r->items[i - 1].place;
	ranking->places = calloc(places + 1, sizeof(*ranking->places));
	if (!ranking->places)
		return -ENOMEM;
	for (size_t i = 0, next; i < r->count && !error; i = next) {
		for (next = i; next < r->count && r->items[next].place == r->items[i].place;)
			next++;
		error = add_place(r, ranking, &r->items[i], next - i);
	}
	qsort(ranking->places, ranking->count, sizeof(*ranking->places), compare_places);
	return error;
}

/* When the youngest of the list was opened; `now` where that of none is known. */
static uint64_t newest(const struct descriptor_list *list, uint64_t now)
{
	uint64_t last = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].opened > last)
			last = list->items[i].opened;
	return last ? last : now;
}

int ranking_make(struct ranking *ranking, struct site_set *set, const struct descriptor_list *list,
		 uint64_t limit, uint64_t now)
{
	struct ranker r = {.list = list, .now = now};
	int error = -ENOMEM;

	*ranking = (struct ranking){.set = site_set_ref(set), .live = list->count};
	ranking->pending = site_set_pending(set);
	r.items = calloc(list->count + 1, sizeof(*r.items));
	r.times = calloc(list->count + 1, sizeof(*r.times));
	if (r.items && r.times) {
		r.held = held_index_new(list);
		r.until = list->taken >= limit ? newest(list, now) : now;
		collect(&r, ranking);
		error = add_places(&r, ranking);
	}
	held_index_free(r.held);
	free(r.items);
	free(r.times);
	return error;
}

void ranking_free(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; i++)
		for (size_t j = 0; j < ranking->places[i].example_count; j++)
			free(ranking->places[i].examples[j]);
	free(ranking->places);
	site_set_unref(ranking->set);
	*ranking = (struct ranking){};
}
