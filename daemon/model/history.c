// SPDX-License-Identifier: BSD-2-Clause
#include "model/history.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/bytes.h"

#define LEAKS_MOST 2 /* more say no more */
#define EACH 0.5     /* that a leak adds to the sensitivity */

struct program {
	uint64_t key;
	uint64_t used;
	unsigned int leaks; /* 0: free */
};

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
