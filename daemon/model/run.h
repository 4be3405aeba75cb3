/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program that is followed from its first call to its end, with what it forks: what each of
 * them left open.
 */
#ifndef FDWATCH_MODEL_RUN_H
#define FDWATCH_MODEL_RUN_H

#include "model/descriptor.h"
#include "model/site.h"

#define RUN_PROCESSES_MAX 1024 /* with something left open; of more only their number is told */

/* A process that has ended, or still runs as the run ends. */
struct run_process {
	struct site_set *set;         /* NULL: unknown */
	struct descriptor_list *list; /* what it left open */
	uint64_t ended;               /* microseconds since boot */
	int32_t pid;
	char comm[16];
	char from[16]; /* the program that executed this one; "": none */
	bool running;
};

struct run {
	uint64_t id;
	uint64_t start_time;
	uint64_t ended;    /* microseconds since boot; 0: it still runs */
	uint64_t patience; /* until then frames that are still to come are waited for */
	int32_t pid;
	uint32_t uid; /* whose run it is */
	uint32_t peak;
	struct run_process *processes;
	size_t count;
	size_t cut;       /* processes there was no room for */
	size_t unknown;   /* left open, but not told which, or by a process that was cut */
	size_t untracked; /* processes that were not followed to their end: a quota was spent */
	char comm[16];
};

/* Adds a process to a run, which takes the list over. */
void run_add(struct run *run, const struct run_process *process);

/* Descriptors that were left open by the program that opened them, the unknown ones included. */
size_t run_left_open(const struct run *run);

/* Sites whose frames are still to come. */
size_t run_pending(const struct run *run);

/* Frees what it holds. */
void run_clear(struct run *run);

#endif
