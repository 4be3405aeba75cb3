/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sites of one address space: each is a distinct stack of calls that a descriptor was opened
 * by. A process shares its sites with those it forks, and begins anew when it executes another
 * program. The kernel numbers them; their frames come later, when they are resolved. Times are
 * microseconds since boot.
 */
#ifndef FDWATCH_MODEL_SITE_H
#define FDWATCH_MODEL_SITE_H

#include "model/stack.h"

#define SITES_ALIASES_MAX 65536      /* forgotten all at once then */
#define SITES_MAX 4096               /* of one space; what comes then is counted */
#define SITES_TEXT_MAX (4U << 20)    /* bytes that their names may take */
#define SITES_FRAMES_MAX (64U << 10) /* of all of them: 4 MiB */
#define SITES_DEPTH 8                /* programs executed one after the other */

enum site_state {
	SITE_PENDING, /* is being resolved */
	SITE_KNOWN,   /* place and frames are set */
	SITE_LOST,    /* can't be resolved: no frames */
};

struct site {
	uint64_t id;
	uint64_t place;      /* stack_place() */
	uint64_t first_seen; /* by the daemon */
	uint64_t opened;     /* in all; 0: not told */
	uint64_t elsewhere;  /* of those closed by another thread than opened them */
	const char *call;    /* of the C library, as the program made it; NULL: unknown */
	const struct frame *frames;
	size_t frame_count;
	bool asked; /* its resolution is under way or done */
	bool used;  /* seen since the sweep began */
	enum site_state state;
};

struct site_set;

/*
 * `before`, which may be NULL, is of the program that was executed before in the same process: what
 * that one opened may be open still. NULL without memory.
 */
struct site_set *site_set_new(struct site_set *before);

/*
 * A number of the caller's by which the set is known where it is kept; 0 at first. The set of the
 * program before, or NULL. Whether it was not marked with this turn yet, which it is then.
 */
void site_set_name(struct site_set *set, uint32_t number);
uint32_t site_set_number(const struct site_set *set);
struct site_set *site_set_before(const struct site_set *set);
bool site_set_mark(struct site_set *set, uint32_t turn);

/* Shared by those who show it later; the last one out frees it. NULL is well. */
struct site_set *site_set_ref(struct site_set *set);
void site_set_unref(struct site_set *set);

/* The site with this id, made if need be; NULL without memory, or where there are too many. */
struct site *site_set_add(struct site_set *set, uint64_t id, uint64_t now);

/* The same, but only if it is its own and known by any number; NULL: none. */
struct site *site_set_own(struct site_set *set, uint64_t id);

/* Its own, or one of those before; NULL: none. */
const struct site *site_set_find(const struct site_set *set, uint64_t id);

/* Takes the frames over, names copied; what there is no room for is cut. */
void site_resolve(struct site_set *set, struct site *site, const struct frame *frames, size_t count,
		  const char *call);

/*
 * From now on a site is found by `other` too: the number it had before its stack was known. Without
 * memory it is not.
 */
void site_set_alias(struct site_set *set, uint64_t other, uint64_t id);

/* The set's copy of a text, or NULL: see strings_keep(). */
const char *site_set_keep(struct site_set *set, const char *text);

/* Calls `take` for each number that a site has beside its own. */
void site_set_aliases(const struct site_set *set,
		      void (*take)(uint64_t other, uint64_t id, void *data), void *data);

/*
 * Between the two the sites that are to stay are marked as used; of the others those go that are
 * not pending. A set that is shared, by those who show it or by a later program's, is not swept.
 */
void site_set_begin_sweep(struct site_set *set);
void site_set_sweep(struct site_set *set);

/* Walks its own sites: NULL begins and ends. */
struct site *site_set_next(struct site_set *set, const struct site *site);

/* A site is on its way whose number is not known yet; or it has come. */
void site_set_expect(struct site_set *set, bool comes);

/* Sites of its own that are still pending or expected; sites that there was no room for. */
size_t site_set_count(const struct site_set *set); /* its own, in all */
size_t site_set_pending(const struct site_set *set);
size_t site_set_overflow(const struct site_set *set);

/* Nobody will ever tell its frames. */
void site_lose(struct site_set *set, struct site *site);

#endif
