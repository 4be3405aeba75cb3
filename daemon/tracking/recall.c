// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/recall.h"

#include <stdlib.h>
#include <string.h>

#include "model/site_save.h"

#define RENEW_BYTES (8U << 20) /* put since the last renewal, and as much as that was */

enum record { RECORD_PROCESS = 1, RECORD_SPACE, RECORD_SITE };

/* Where in the bytes found something stands of a space, or of a process by its pid. */
struct place {
	uint32_t number;
	uint32_t size;
	size_t at; /* behind type and number */
};

struct places {
	struct place *all;
	size_t count;
};

struct restored {
	uint32_t space;
	struct site_set *sites;
};

struct recall {
	struct recall_source source;
	struct places processes, spaces, sites;
	struct restored *restored;
	size_t restored_count;
	struct recall_process found;
	size_t put, renewed; /* bytes since the last renewal, and of that */
	uint32_t turn;
};

static bool add_place(struct places *places, struct place place)
{
	size_t n = places->count;
	struct place *all = places->all;

	if (!(n & (n - 1))) { /* at powers of two */
		all = reallocarray(all, n ? n * 2 : 1, sizeof(*all));
		if (!all)
			return false;
		places->all = all;
	}
	all[places->count++] = place;
	return true;
}

/* Whatever comes later stands for what came before. */
static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void sort_places(struct places *places)
{
	if (places->count)
		qsort(places->all, places->count, sizeof(*places->all), compare_places);
}

/* The first of a number; the count where there is none. */
static size_t find_place(const struct places *places, uint32_t number)
{
	size_t low = 0, high = places->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places->all[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of(const struct places *places, size_t i, uint32_t number)
{
	return i < places->count && places->all[i].number == number;
}

static struct bytes_in bytes_of(const struct recall *r, const struct place *place)
{
	return (struct bytes_in){.at = (const uint8_t *)r->source.found + place->at,
				 .left = place->size};
}

static bool index_record(struct recall *r, const uint8_t *record, size_t size)
{
	struct bytes_in in = {.at = record, .left = size};
	struct place place = {};
	uint8_t type;

	BYTES_GET(&in, type);
	BYTES_GET(&in, place.number);
	place.at = (size_t)(in.at - (const uint8_t *)r->source.found);
	place.size = (uint32_t)in.left;
	if (in.failed)
		return true;
	switch (type) {
	case RECORD_PROCESS:
		return add_place(&r->processes, place);
	case RECORD_SPACE:
		return add_place(&r->spaces, place);
	case RECORD_SITE:
		return add_place(&r->sites, place);
	default:
		return true;
	}
}

struct recall *recall_new(const struct recall_source *source)
{
	struct recall *r = calloc(1, sizeof(*r));
	const void *record;
	size_t at = 0, size;

	if (!r) {
		free(source->found);
		return NULL;
	}
	r->source = *source;
	while (source->found &&
	       (record = source->next(source->found, source->found_size, &at, &size)))
		if (!index_record(r, record, size))
			break;
	sort_places(&r->processes);
	sort_places(&r->spaces);
	sort_places(&r->sites);
	return r;
}

static void drop_found(struct recall *r)
{
	for (size_t i = 0; i < r->restored_count; i++)
		site_set_unref(r->restored[i].sites);
	free(r->restored);
	free(r->processes.all);
	free(r->spaces.all);
	free(r->sites.all);
	free(r->source.found);
	r->processes = r->spaces = r->sites = (struct places){};
	r->restored = NULL;
	r->restored_count = 0;
	r->source.found = NULL;
}

void recall_free(struct recall *r)
{
	if (!r)
		return;
	drop_found(r);
	free(r);
}

void recall_settle(struct recall *r)
{
	drop_found(r);
}

static bool read_process(const struct recall *r, const struct place *place,
			 struct recall_process *p)
{
	struct bytes_in in = bytes_of(r, place);

	*p = (struct recall_process){.pid = (int32_t)place->number};
	BYTES_GET(&in, p->start_time);
	BYTES_GET(&in, p->since);
	BYTES_GET(&in, p->space);
	BYTES_GET(&in, p->uid);
	BYTES_GET(&in, p->from);
	p->bounded = in.left > 0 && in.at[0];
	p->asked = in.left > 1 && in.at[1];
	p->hidden = in.left > 2 && in.at[2];
	p->from[sizeof(p->from) - 1] = '\0';
	return !in.failed && in.left >= 3;
}

const struct recall_process *recall_find(const struct recall *recall, const struct tracked *t)
{
	struct recall *r = (struct recall *)recall;
	const struct recall_process *found = NULL;
	struct recall_process p;

	for (size_t i = find_place(&r->processes, (uint32_t)t->pid);
	     is_of(&r->processes, i, (uint32_t)t->pid); i++) {
		if (!read_process(r, &r->processes.all[i], &p) || p.start_time != t->start_time ||
		    p.since != t->since)
			continue;
		r->found = p;
		found = &r->found;
	}
	return found;
}

static struct site_set *find_restored(const struct recall *r, uint32_t space)
{
	for (size_t i = 0; i < r->restored_count; i++)
		if (r->restored[i].space == space)
			return r->restored[i].sites;
	return NULL;
}

static bool add_restored(struct recall *r, uint32_t space, struct site_set *sites)
{
	struct restored *all =
		reallocarray(r->restored, r->restored_count + 1, sizeof(*r->restored));

	if (!all)
		return false;
	r->restored = all;
	all[r->restored_count++] = (struct restored){space, sites};
	return true;
}

static void restore_one(const struct recall *r, const struct place *place, struct site_set *sites)
{
	struct bytes_in in = bytes_of(r, place);
	uint64_t other, id;
	uint8_t alias;

	BYTES_GET(&in, alias);
	if (!alias) {
		site_restore(sites, &in);
		return;
	}
	BYTES_GET(&in, other);
	BYTES_GET(&in, id);
	if (!in.failed)
		site_set_alias(sites, other, id);
}

/* The space that the process was in before it executed the program of this one; 0: none. */
static uint32_t space_before(const struct recall *r, uint32_t space)
{
	uint32_t before = 0;

	for (size_t i = find_place(&r->spaces, space); is_of(&r->spaces, i, space); i++) {
		struct bytes_in in = bytes_of(r, &r->spaces.all[i]);

		BYTES_GET(&in, before);
	}
	return before < space ? before : 0; /* numbers rise: there is no circle */
}

static struct site_set *restore(struct recall *r, uint32_t space, struct site_set *before)
{
	struct site_set *sites = site_set_new(before);
	size_t i = find_place(&r->sites, space);

	if (!sites)
		return NULL;
	site_set_name(sites, space);
	for (; is_of(&r->sites, i, space); i++)
		restore_one(r, &r->sites.all[i], sites);
	if (add_restored(r, space, sites))
		return sites;
	site_set_unref(sites);
	return NULL;
}

struct site_set *recall_sites(struct recall *r, uint32_t space)
{
	uint32_t chain[SITES_DEPTH];
	struct site_set *sites = NULL;
	size_t depth = 0;

	if (!is_of(&r->spaces, find_place(&r->spaces, space), space))
		return NULL;
	for (uint32_t at = space; at && depth < SITES_DEPTH; at = space_before(r, at))
		chain[depth++] = at;
	while (depth--)
		sites = find_restored(r, chain[depth]) ?: restore(r, chain[depth], sites);
	return site_set_ref(sites);
}

struct writing {
	struct bytes_out out;
	size_t room;
	uint8_t bytes[SITE_SAVE_MAX + 64];
};

static void begin(struct writing *w, enum record type, uint32_t number)
{
	uint8_t byte = (uint8_t)type;

	w->room = sizeof(w->bytes);
	w->out = (struct bytes_out){.at = w->bytes, .left = w->room};
	BYTES_PUT(&w->out, byte);
	BYTES_PUT(&w->out, number);
}

static void put(struct recall *r, const struct writing *w)
{
	size_t size = w->room - w->out.left;

	if (w->out.failed)
		return;
	r->put += size;
	r->source.put(RECALL_ADD, w->bytes, size, r->source.data);
}

void recall_keep_process(struct recall *r, const struct recall_process *p)
{
	const uint8_t flags[] = {p->bounded, p->asked, p->hidden};
	struct writing w;

	begin(&w, RECORD_PROCESS, (uint32_t)p->pid);
	BYTES_PUT(&w.out, p->start_time);
	BYTES_PUT(&w.out, p->since);
	BYTES_PUT(&w.out, p->space);
	BYTES_PUT(&w.out, p->uid);
	BYTES_PUT(&w.out, p->from);
	BYTES_PUT(&w.out, flags);
	put(r, &w);
}

void recall_keep_space(struct recall *r, const struct site_set *sites)
{
	const struct site_set *older = site_set_before(sites);
	uint32_t before = older ? site_set_number(older) : 0;
	struct writing w;

	begin(&w, RECORD_SPACE, site_set_number(sites));
	BYTES_PUT(&w.out, before);
	put(r, &w);
}

void recall_keep_site(struct recall *r, const struct site_set *sites, const struct site *site)
{
	const uint8_t alias = 0;
	struct writing w;

	begin(&w, RECORD_SITE, site_set_number(sites));
	BYTES_PUT(&w.out, alias);
	site_save(site, &w.out);
	put(r, &w);
}

void recall_keep_alias(struct recall *r, const struct site_set *sites, uint64_t other, uint64_t id)
{
	const uint8_t alias = 1;
	struct writing w;

	begin(&w, RECORD_SITE, site_set_number(sites));
	BYTES_PUT(&w.out, alias);
	BYTES_PUT(&w.out, other);
	BYTES_PUT(&w.out, id);
	put(r, &w);
}

struct keeping {
	struct recall *recall;
	const struct site_set *sites;
};

static void keep_alias(uint64_t other, uint64_t id, void *data)
{
	const struct keeping *keeping = data;

	recall_keep_alias(keeping->recall, keeping->sites, other, id);
}

void recall_keep_all(struct recall *r, struct site_set *sites)
{
	for (; sites && site_set_mark(sites, r->turn); sites = site_set_before(sites)) {
		struct keeping keeping = {r, sites};

		recall_keep_space(r, sites);
		for (struct site *s = site_set_next(sites, NULL); s; s = site_set_next(sites, s))
			if (s->state == SITE_KNOWN)
				recall_keep_site(r, sites, s);
		site_set_aliases(sites, keep_alias, &keeping);
	}
}

bool recall_is_due(const struct recall *r)
{
	return !r->source.found && r->put > r->renewed * 2 + RENEW_BYTES;
}

void recall_renew(struct recall *r)
{
	r->turn++;
	r->put = 0;
	r->source.put(RECALL_RENEW, NULL, 0, r->source.data);
}

void recall_replace(struct recall *r)
{
	r->renewed = r->put;
	r->source.put(RECALL_REPLACE, NULL, 0, r->source.data);
}
