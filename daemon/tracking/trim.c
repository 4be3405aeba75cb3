// SPDX-License-Identifier: BSD-2-Clause
/*
 * Giving back: the kernel and the daemon have room for so many sites, and a program that runs for
 * months comes by more ways than that to where it opens. Those that nothing open was opened at go.
 */
#include <errno.h>

#include "ingest/track.h"
#include "tracking/state.h"

#define TRIM_EVERY_USEC 5000000ULL
#define TRIM_AT_ONCE 4  /* processes in one poll: each takes some walks over the host's */
#define TRIM_SHARERS 16 /* processes of one space that are looked through */
#define SITES_MANY 2048 /* half of what a space may have */
#define SITES_SOME 256  /* worth giving back where all together have many */
#define SITES_ALL 24576 /* three quarters of the kernel's room */

static int mark_total(const struct site_total *total, void *data)
{
	struct site *site = total->site ? site_set_own(data, total->site) : NULL;

	if (site)
		site->used = true;
	return 0;
}

/* What the process has open, and what the kernel still knows. 0 or -errno. */
static int mark_used(struct sites *s, const struct followed *f)
{
	struct site_set *set = f->space->sites;
	struct descriptor_list *list = NULL;
	int r = s->source.list(f->identity.pid, f->identity.start_time, &list, s->source.data);

	for (size_t i = 0; !r && i < list->count; i++) {
		struct site *site =
			list->items[i].site ? site_set_own(set, list->items[i].site) : NULL;

		if (site)
			site->used = true;
	}
	if (!r)
		r = kernel_site_totals(s->source.kernel, list->track, list->first_site, mark_total,
				       set);
	descriptor_list_free(list);
	return r;
}

/* All who share the space have to be looked at, or nothing of it goes. */
static void sweep(struct sites *s, struct space *space)
{
	size_t count = 0;
	int r = 0;

	site_set_begin_sweep(space->sites);
	for (const struct followed *f = s->follow.all; f && !r; f = f->hh.next)
		if (f->space == space)
			r = ++count > TRIM_SHARERS ? -E2BIG : mark_used(s, f);
	if (!r)
		site_set_sweep(space->sites);
}

static uint32_t sites_of(const struct sites *s, const struct followed *f)
{
	const struct process *p = table_find(s->source.table, f->identity.pid);

	return p && p->sample.start_time == f->identity.start_time ? p->sample.sites : 0;
}

void sites_trim(struct sites *s, uint64_t now)
{
	uint32_t all = 0, least, at_once = 0;

	for (const struct followed *f = s->follow.all; f; f = f->hh.next)
		all += sites_of(s, f);
	least = all > SITES_ALL ? SITES_SOME : SITES_MANY;
	for (struct followed *f = s->follow.all; f && at_once < TRIM_AT_ONCE; f = f->hh.next) {
		bool many = sites_of(s, f) > least || site_set_count(f->space->sites) > SITES_MANY;

		if (!many || f->trimmed + TRIM_EVERY_USEC > now)
			continue;
		f->trimmed = now;
		at_once++;
		if (!kernel_trim(s->source.kernel, f->identity.pid, f->identity.start_time))
			sweep(s, f->space);
	}
}
