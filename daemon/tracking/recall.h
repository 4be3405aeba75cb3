/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of tracked processes, kept for the daemon that follows a killed one: on whose
 * behalf they are tracked, and the sites of their descriptors, which the kernel tells once only.
 * For the event loop's thread.
 */
#ifndef FDWATCH_TRACKING_RECALL_H
#define FDWATCH_TRACKING_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/process.h"
#include "model/sighting.h"
#include "model/site.h"

enum recall_put { RECALL_ADD, RECALL_RENEW, RECALL_REPLACE };

struct recall_source {
	/* What an earlier daemon left: records that ledger_next() reads; NULL: nothing. */
	void *found;
	size_t found_size;
	const void *(*next)(const void *bytes, size_t size, size_t *at, size_t *record_size);
	/* Puts a record behind the others; between RENEW and REPLACE, in place of all so far. */
	int (*put)(enum recall_put what, const void *bytes, size_t size, void *data);
	void *data;
};

/* On whose behalf a process is tracked; see struct followed. */
struct recall_process {
	uint64_t start_time;
	uint64_t since;
	int32_t pid;
	uint32_t space;
	uint32_t uid;
	bool bounded;
	bool asked;
	bool hidden;
	char from[PROCESS_COMM_LEN];
};

struct recall;

/* Takes what was found over, also where it returns NULL: without memory. */
struct recall *recall_new(const struct recall_source *source);
void recall_free(struct recall *recall); /* NULL is well */

/* What was known of a process that is tracked since then; NULL: nothing. Good until the settling.
 */
const struct recall_process *recall_find(const struct recall *recall, const struct tracked *t);

/* The sites of a space, a reference of the caller's; NULL: nothing is known of it. */
struct site_set *recall_sites(struct recall *recall, uint32_t space);

/* Every process that is tracked has been asked for: the rest is of none. */
void recall_settle(struct recall *recall);

/* Each keeps one thing; `sites` are named by their space's number. */
void recall_keep_process(struct recall *recall, const struct recall_process *process);
void recall_keep_space(struct recall *recall, const struct site_set *sites);
void recall_keep_site(struct recall *recall, const struct site_set *sites, const struct site *site);
void recall_keep_alias(struct recall *recall, const struct site_set *sites, uint64_t other,
		       uint64_t id);

/* A set with all its sites, and those before it, unless this renewal has them. */
void recall_keep_all(struct recall *recall, struct site_set *sites);

/* Whether so much was put that all is to be put anew: between these two. */
bool recall_is_due(const struct recall *recall);
void recall_renew(struct recall *recall);
void recall_replace(struct recall *recall);

#endif
