/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that looks at other processes for the resolver: one job at a time, for each may take as
 * long as that process likes. One that takes too long is abandoned with its thread.
 */
#ifndef FDWATCH_RESOLVE_GATHER_H
#define FDWATCH_RESOLVE_GATHER_H

#include <limits.h>

#include "resolve/others.h"

#define GATHER_FILES WIRE_FILES
#define GATHER_ABANDONED_MAX 4 /* threads that are still held up; then no new one is started */

enum gather_kind {
	GATHER_MAPS,  /* mappings, and the files behind them */
	GATHER_DEBUG, /* a debug file */
	GATHER_MEMORY,
};

struct gather_job {
	enum gather_kind kind;
	struct resolver_process process;
	/* GATHER_MAPS: what is known already; the same is not gathered again. */
	uint64_t known_hash;
	struct file_identity known_perf_map;
	/* The others. */
	struct wire_need need;
	char module[PATH_MAX];
};

struct gathered_file {
	int fd;
	struct file_identity identity;
};

struct gathered {
	int error;
	bool unchanged; /* GATHER_MAPS: no mapping has */
	struct maps maps;
	size_t file_count;
	struct gathered_file files[GATHER_FILES];
	uint32_t file_of[MAPS_LINES]; /* a line's place in files, or WIRE_NO_FILE */
	int perf_map;                 /* -1: none, or the same as before */
	struct file_identity perf_map_identity;
	int debug_file; /* -1: none */
	size_t memory_size;
	uint8_t memory[WIRE_MEMORY_MAX];
};

struct gather;

/* `proc` is "/proc". NULL without memory, a thread, or with too many held up. */
struct gather *gather_new(const char *proc);

/* Ends the thread. With `wait` it is given a moment, else it is left alone at once. NULL is well.
 */
void gather_free(struct gather *gather, bool wait);

/* Readable when a job is done. */
int gather_fd(const struct gather *gather);

/* Only when the one before has been taken. */
void gather_start(struct gather *gather, const struct gather_job *job);

/* What came of the job that is done, the caller's now; NULL where memory did not reach. */
struct gathered *gather_take(struct gather *gather);

/* Closes what is still open. NULL is well. */
void gathered_free(struct gathered *gathered);

#endif
