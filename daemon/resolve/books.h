/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon knows of processes and files, and which of it the resolving process was told.
 * Both kinds have as many slots as that process has; who was used longest ago gives way.
 */
#ifndef FDWATCH_RESOLVE_BOOKS_H
#define FDWATCH_RESOLVE_BOOKS_H

#include "resolve/gather.h"
#include "resolve/link.h"

struct book_space {
	bool used;
	bool told; /* the resolving process has these mappings and files */
	struct resolver_process process;
	uint64_t used_at;   /* of the books' own count */
	uint64_t looked_at; /* monotonic, microseconds; 0: never, or to be looked at again */
	uint32_t open;      /* questions about it; it does not give way then */
	uint32_t faults;    /* how often the resolving process broke over it */
	uint64_t banned_until;
	struct maps maps;
	uint32_t *files; /* the slot of each mapping's file, or WIRE_NO_FILE */
	struct file_identity perf_map;
};

struct book_file {
	bool used;
	uint64_t used_at;
	uint64_t serial; /* changes when the slot gets another file */
	struct file_identity identity;
};

struct books {
	uint64_t clock;
	struct book_space spaces[WIRE_SPACES];
	struct book_file files[WIRE_FILES];
};

void books_drop(struct books *books);

/* The process's space, a new one where it has none; NULL while all have open questions. */
struct book_space *books_space(struct books *books, struct resolver_process process);

/* The space if there is one. */
struct book_space *books_find(struct books *books, struct resolver_process process);

uint32_t books_slot(const struct books *books, const struct book_space *space);

void books_forget(struct books *books, struct book_space *space);

/*
 * Takes what was gathered, and tells it. 0; -ENOMEM; -ESTALE where the resolving process has ended
 * since and all has to be gathered again.
 */
int books_take(struct books *books, struct book_space *space, struct gathered *gathered,
	       struct link *link);

/* The resolving process has ended: a new one knows nothing. */
void books_lost(struct books *books);

#endif
