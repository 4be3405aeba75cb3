// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/books.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static void drop_maps(struct book_space *space)
{
	maps_drop(&space->maps);
	free(space->files);
	space->files = NULL;
	space->told = false;
	space->looked_at = 0;
	space->perf_map = (struct file_identity){};
}

void books_drop(struct books *b)
{
	for (size_t i = 0; i < WIRE_SPACES; i++)
		drop_maps(&b->spaces[i]);
}

struct book_space *books_find(struct books *b, struct resolver_process process)
{
	for (size_t i = 0; i < WIRE_SPACES; i++) {
		struct book_space *s = &b->spaces[i];

		if (s->used && s->process.pid == process.pid &&
		    s->process.start_time == process.start_time)
			return s;
	}
	return NULL;
}

struct book_space *books_space(struct books *b, struct resolver_process process)
{
	struct book_space *space = books_find(b, process);

	for (size_t i = 0; i < WIRE_SPACES && !(space && space->used); i++) {
		struct book_space *s = &b->spaces[i];

		if (!s->used)
			space = s;
	}
	for (size_t i = 0; !space && i < WIRE_SPACES; i++) {
		struct book_space *oldest = NULL;

		for (size_t k = 0; k < WIRE_SPACES; k++)
			if (!b->spaces[k].open &&
			    (!oldest || b->spaces[k].used_at < oldest->used_at))
				oldest = &b->spaces[k];
		if (!oldest)
			return NULL;
		drop_maps(oldest);
		*oldest = (struct book_space){};
		space = oldest;
	}
	space->used = true;
	space->process = process;
	space->used_at = ++b->clock;
	return space;
}

uint32_t books_slot(const struct books *b, const struct book_space *space)
{
	return (uint32_t)(space - b->spaces);
}

void books_forget(struct books *b, struct book_space *space)
{
	(void)b;
	drop_maps(space);
	*space = (struct book_space){};
}

/* Whoever had the slot's former file looks for it again. */
static void take_slot_away(struct books *b, uint32_t slot)
{
	for (size_t i = 0; i < WIRE_SPACES; i++) {
		struct book_space *s = &b->spaces[i];

		for (size_t k = 0; s->files && k < s->maps.count; k++) {
			if (s->files[k] != slot)
				continue;
			s->files[k] = WIRE_NO_FILE;
			s->told = false;
		}
	}
}

/* The slot that has the file, or the one that it gets; then `*is_new`. */
static uint32_t slot_for(struct books *b, const struct file_identity *identity, bool *is_new)
{
	uint32_t oldest = 0;

	for (uint32_t i = 0; i < WIRE_FILES; i++) {
		const struct book_file *f = &b->files[i];

		if (f->used && others_same_file(&f->identity, identity)) {
			b->files[i].used_at = ++b->clock;
			*is_new = false;
			return i;
		}
		if (!f->used ? b->files[oldest].used : f->used_at < b->files[oldest].used_at)
			oldest = i;
	}
	if (b->files[oldest].used)
		take_slot_away(b, oldest);
	b->files[oldest] = (struct book_file){
		.used = true, .used_at = ++b->clock, .serial = b->clock, .identity = *identity};
	*is_new = true;
	return oldest;
}

static int tell_files(struct books *b, struct gathered *g, uint32_t *slots, struct link *link)
{
	int r = 0;

	for (size_t i = 0; !r && i < g->file_count; i++) {
		struct wire_head head = {.type = WIRE_FILE};
		bool is_new;

		slots[i] = head.slot = slot_for(b, &g->files[i].identity, &is_new);
		if (is_new)
			r = link_send(link, &head, NULL, 0, TAKE_FD(g->files[i].fd));
	}
	return r;
}

static int tell_mappings(const struct books *b, const struct book_space *space, struct link *link)
{
	struct {
		struct wire_space head;
		struct wire_mapping mappings[WIRE_MAPPINGS_AT_ONCE];
	} body;
	struct wire_head head = {.type = WIRE_SPACE, .slot = books_slot(b, space)};
	size_t at = 0;
	int r = 0;

	do {
		size_t count = space->maps.count - at;

		if (count > WIRE_MAPPINGS_AT_ONCE)
			count = WIRE_MAPPINGS_AT_ONCE;
		body.head = (struct wire_space){(uint32_t)at, (uint32_t)count};
		for (size_t i = 0; i < count; i++) {
			const struct maps_line *line = &space->maps.lines[at + i];

			body.mappings[i] = (struct wire_mapping){
				line->start, line->end, line->offset, space->files[at + i], 0};
		}
		r = link_send(link, &head, &body,
			      sizeof(body.head) + count * sizeof(body.mappings[0]), -1);
		at += count;
	} while (!r && at < space->maps.count);
	return r;
}

static int tell_perf_map(const struct books *b, struct book_space *space, struct gathered *g,
			 struct link *link)
{
	struct wire_head head = {.type = WIRE_PERF_MAP, .slot = books_slot(b, space)};

	if (g->perf_map < 0)
		return 0;
	space->perf_map = g->perf_map_identity;
	return link_send(link, &head, NULL, 0, TAKE_FD(g->perf_map));
}

/* A space may have been another process's, whose perf map would stay. */
static int begin_anew(const struct books *b, const struct book_space *space, struct link *link)
{
	struct wire_head head = {.type = WIRE_FORGET, .slot = books_slot(b, space)};

	return link_send(link, &head, NULL, 0, -1);
}

static int take_maps(struct books *b, struct book_space *space, struct gathered *g,
		     struct link *link)
{
	uint32_t slots[GATHER_FILES];
	bool first = !space->files;
	int r = tell_files(b, g, slots, link);

	if (r)
		return r;
	free(space->files);
	maps_drop(&space->maps);
	space->files = calloc(g->maps.count ? g->maps.count : 1, sizeof(*space->files));
	if (!space->files)
		return -ENOMEM;
	space->maps = g->maps;
	g->maps = (struct maps){};
	for (size_t i = 0; i < space->maps.count; i++)
		space->files[i] =
			g->file_of[i] == WIRE_NO_FILE ? WIRE_NO_FILE : slots[g->file_of[i]];
	r = first ? begin_anew(b, space, link) : 0;
	if (!r)
		r = tell_mappings(b, space, link);
	space->told = !r;
	return r;
}

int books_take(struct books *b, struct book_space *space, struct gathered *g, struct link *link)
{
	int r = 0;

	if (g->unchanged && !space->told)
		return -ESTALE;
	if (!g->unchanged)
		r = take_maps(b, space, g, link);
	if (!r)
		r = tell_perf_map(b, space, g, link);
	return r;
}

void books_lost(struct books *b)
{
	for (size_t i = 0; i < WIRE_SPACES; i++)
		drop_maps(&b->spaces[i]);
	for (size_t i = 0; i < WIRE_FILES; i++)
		b->files[i].used = false;
}
