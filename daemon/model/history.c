// SPDX-License-Identifier: BSD-2-Clause
#include "model/history.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LEAKS_MOST 2           /* more say no more */
#define EACH 0.5               /* that a leak adds to the sensitivity */
#define SAVED_MAGIC 0x50574446 /* FDWP */
#define SAVED_VERSION 1

struct program {
	uint64_t key;
	uint64_t used;
	uint32_t leaks; /* 0: free */
	uint32_t reserved;
};

_Static_assert(sizeof(struct program) == HISTORY_SAVED, "as the header says");

/* Before the programs of a saved history. */
struct saved_header {
	uint32_t magic;
	uint32_t version;
	uint64_t clock;
	uint64_t count;
};

_Static_assert(sizeof(struct saved_header) == HISTORY_SAVED, "as the header says");

struct history {
	uint64_t clock;
	size_t most;
	struct program programs[];
};

struct history *history_new(size_t most)
{
	struct history *h = calloc(1, sizeof(*h) + most * sizeof(h->programs[0]));

	if (h)
		h->most = most;
	return h;
}

void history_free(struct history *h)
{
	free(h);
}

static uint64_t key_of(const char *unit, const char *comm)
{
	uint64_t sums[2] = {bytes_sum(unit, strlen(unit)), bytes_sum(comm, strlen(comm))};

	return bytes_sum(sums, sizeof(sums));
}

static size_t find(const struct history *h, uint64_t key)
{
	size_t i = 0;

	while (i < h->most && (!h->programs[i].leaks || h->programs[i].key != key))
		i++;
	return i;
}

/* A free place, or that of the one not heard of for longest. */
static struct program *make_room(struct history *h)
{
	struct program *oldest = &h->programs[0];

	for (size_t i = 0; i < h->most; i++) {
		if (!h->programs[i].leaks)
			return &h->programs[i];
		if (h->programs[i].used < oldest->used)
			oldest = &h->programs[i];
	}
	return oldest;
}

void history_add(struct history *h, const char *unit, const char *comm, bool leaked)
{
	uint64_t key = key_of(unit, comm);
	size_t i = find(h, key);
	struct program *p;

	if (!h->most || (i == h->most && !leaked))
		return;
	p = i < h->most ? &h->programs[i] : make_room(h);
	if (i == h->most)
		*p = (struct program){.key = key};
	p->used = ++h->clock;
	if (!leaked)
		p->leaks--; /* a process that ended well takes back what one that did not has said
			     */
	else if (p->leaks < LEAKS_MOST)
		p->leaks++;
}

double history_sensitivity(const struct history *h, const char *unit, const char *comm)
{
	size_t i = find(h, key_of(unit, comm));

	return i < h->most ? 1 + EACH * h->programs[i].leaks : 1;
}

uint64_t history_changes(const struct history *h)
{
	return h->clock;
}

void history_save(const struct history *h, struct bytes_out *out)
{
	struct saved_header header = {SAVED_MAGIC, SAVED_VERSION, h->clock, 0};

	for (size_t i = 0; i < h->most; i++)
		header.count += h->programs[i].leaks > 0;
	BYTES_PUT(out, header);
	for (size_t i = 0; i < h->most; i++) {
		if (h->programs[i].leaks)
			BYTES_PUT(out, h->programs[i]);
	}
}

bool history_restore(struct history *h, struct bytes_in *in)
{
	struct saved_header header;
	size_t kept = 0;

	BYTES_GET(in, header);
	if (in->failed || header.magic != SAVED_MAGIC || header.version != SAVED_VERSION ||
	    header.count != in->left / sizeof(h->programs[0]))
		return false;
	memset(h->programs, 0, h->most * sizeof(h->programs[0]));
	h->clock = header.clock;
	while (header.count-- && kept < h->most) {
		struct program *p = &h->programs[kept];

		BYTES_GET(in, *p);
		if (p->leaks > LEAKS_MOST || p->used > h->clock)
			p->leaks = 0;
		kept += p->leaks > 0;
	}
	return true;
}
