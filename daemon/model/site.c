// SPDX-License-Identifier: BSD-2-Clause
#include "model/site.h"

#include <stdlib.h>
#include <string.h>

#include "model/strings.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
	struct site site; /* first: a site is its entry */
	UT_hash_handle hh;
};

struct alias {
	uint64_t other;
	uint64_t id;
	UT_hash_handle hh;
};

struct site_set {
	struct site_set *before;
	struct entry *entries;
	struct alias *aliases;
	struct strings *strings;
	size_t frames;
	size_t pending;
	size_t overflow;
	unsigned references;
	unsigned depth;
	uint32_t number;
	uint32_t turn;
};

struct site_set *site_set_new(struct site_set *before)
{
	struct site_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->references = 1;
	set->strings = strings_new(SITES_TEXT_MAX);
	if (!set->strings) {
		free(set);
		return NULL;
	}
	if (before && before->depth + 1 < SITES_DEPTH) {
		set->before = site_set_ref(before);
		set->depth = before->depth + 1;
	}
	return set;
}

void site_set_name(struct site_set *set, uint32_t number)
{
	set->number = number;
}

uint32_t site_set_number(const struct site_set *set)
{
	return set->number;
}

struct site_set *site_set_before(const struct site_set *set)
{
	return set->before;
}

bool site_set_mark(struct site_set *set, uint32_t turn)
{
	bool is_new = set->turn != turn;

	set->turn = turn;
	return is_new;
}

struct site_set *site_set_ref(struct site_set *set)
{
	if (set)
		set->references++;
	return set;
}

static void drop_aliases(struct site_set *set)
{
	struct alias *alias, *next;

	HASH_ITER (hh, set->aliases, alias, next) {
		HASH_DEL(set->aliases, alias);
		free(alias);
	}
}

static void drop(struct site_set *set)
{
	struct entry *entry, *next;

	HASH_ITER (hh, set->entries, entry, next) {
		HASH_DEL(set->entries, entry);
		free((void *)entry->site.frames);
		free(entry);
	}
	drop_aliases(set);
	strings_free(set->strings);
	free(set);
}

void site_set_unref(struct site_set *set)
{
	while (set && --set->references == 0) {
		struct site_set *before = set->before;

		drop(set);
		set = before;
	}
}

static struct entry *find(const struct site_set *set, uint64_t id)
{
	struct entry *entry;

	HASH_FIND(hh, set->entries, &id, sizeof(id), entry);
	return entry;
}

struct site *site_set_add(struct site_set *set, uint64_t id, uint64_t now)
{
	struct entry *entry = find(set, id);

	if (entry)
		return &entry->site;
	if (HASH_COUNT(set->entries) < SITES_MAX)
		entry = calloc(1, sizeof(*entry));
	if (!entry) {
		set->overflow++;
		return NULL;
	}
	entry->site.id = id;
	entry->site.first_seen = now;
	HASH_ADD(hh, set->entries, site.id, sizeof(id), entry);
	if (!entry->hh.tbl) {
		free(entry);
		set->overflow++;
		return NULL;
	}
	set->pending++;
	return &entry->site;
}

void site_set_alias(struct site_set *set, uint64_t other, uint64_t id)
{
	struct alias *alias;

	HASH_FIND(hh, set->aliases, &other, sizeof(other), alias);
	if (alias) {
		alias->id = id;
		return;
	}
	if (HASH_COUNT(set->aliases) >= SITES_ALIASES_MAX)
		drop_aliases(set);
	alias = calloc(1, sizeof(*alias));
	if (!alias)
		return;
	alias->other = other;
	alias->id = id;
	HASH_ADD(hh, set->aliases, other, sizeof(other), alias);
	if (!alias->hh.tbl)
		free(alias);
}

void site_set_aliases(const struct site_set *set,
		      void (*take)(uint64_t other, uint64_t id, void *data), void *data)
{
	for (const struct alias *alias = set->aliases; alias; alias = alias->hh.next)
		take(alias->other, alias->id, data);
}

const char *site_set_keep(struct site_set *set, const char *text)
{
	return strings_keep(set->strings, text);
}

static const struct entry *find_by_any(const struct site_set *set, uint64_t id)
{
	const struct entry *entry = find(set, id);
	const struct alias *alias;

	if (entry)
		return entry;
	HASH_FIND(hh, set->aliases, &id, sizeof(id), alias);
	return alias ? find(set, alias->id) : NULL;
}

struct site *site_set_own(struct site_set *set, uint64_t id)
{
	const struct entry *entry = find_by_any(set, id);

	return entry ? (struct site *)&entry->site : NULL;
}

const struct site *site_set_find(const struct site_set *set, uint64_t id)
{
	for (; set; set = set->before) {
		const struct entry *entry = find_by_any(set, id);

		if (entry)
			return &entry->site;
	}
	return NULL;
}

static void settle(struct site_set *set, struct site *site, enum site_state state)
{
	if (site->state == SITE_PENDING)
		set->pending--;
	site->state = state;
}

void site_lose(struct site_set *set, struct site *site)
{
	settle(set, site, SITE_LOST);
}

static struct frame keep(struct site_set *set, const struct frame *frame)
{
	struct frame kept = *frame;

	kept.function = strings_keep(set->strings, frame->function);
	kept.file = strings_keep(set->strings, frame->file);
	kept.module = strings_keep(set->strings, frame->module);
	kept.build_id = strings_keep(set->strings, frame->build_id);
	return kept;
}

void site_resolve(struct site_set *set, struct site *site, const struct frame *frames, size_t count,
		  const char *call)
{
	struct frame *kept;

	if (count > SITES_FRAMES_MAX - set->frames)
		count = SITES_FRAMES_MAX - set->frames;
	kept = count ? calloc(count, sizeof(*kept)) : NULL;
	if (!kept) {
		site_lose(set, site);
		return;
	}
	for (size_t i = 0; i < count; i++)
		kept[i] = keep(set, &frames[i]);
	free((void *)site->frames);
	set->frames += count - site->frame_count;
	site->frames = kept;
	site->frame_count = count;
	site->call = strings_keep(set->strings, call);
	site->place = stack_place(kept, count);
	settle(set, site, SITE_KNOWN);
}

struct site *site_set_next(struct site_set *set, const struct site *site)
{
	const struct entry *entry = (const struct entry *)site;

	entry = entry ? entry->hh.next : set->entries;
	return entry ? (struct site *)&entry->site : NULL;
}

void site_set_begin_sweep(struct site_set *set)
{
	for (struct entry *entry = set->entries; entry; entry = entry->hh.next)
		entry->site.used = false;
}

void site_set_sweep(struct site_set *set)
{
	struct entry *entry, *next;
	struct alias *alias, *later;

	if (set->references > 1)
		return;
	HASH_ITER (hh, set->entries, entry, next) {
		if (entry->site.used || entry->site.state == SITE_PENDING)
			continue;
		HASH_DEL(set->entries, entry);
		set->frames -= entry->site.frame_count;
		free((void *)entry->site.frames);
		free(entry);
	}
	HASH_ITER (hh, set->aliases, alias, later) {
		if (find(set, alias->id))
			continue;
		HASH_DEL(set->aliases, alias);
		free(alias);
	}
}

void site_set_expect(struct site_set *set, bool comes)
{
	if (comes)
		set->pending++;
	else
		set->pending--;
}

size_t site_set_count(const struct site_set *set)
{
	return set ? HASH_COUNT(set->entries) : 0;
}

size_t site_set_pending(const struct site_set *set)
{
	return set ? set->pending : 0;
}

size_t site_set_overflow(const struct site_set *set)
{
	return set ? set->overflow : 0;
}
