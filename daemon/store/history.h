/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Histories of processes in a file of fixed slots, so that a daemon that follows a killed one goes
 * on where that was. A slot has two halves that are written in turn: one that was torn leaves the
 * other. What is of another boot is not read.
 */
#ifndef FDWATCH_STORE_HISTORY_H
#define FDWATCH_STORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#define HISTORY_FILE "history"
#define HISTORY_SLOTS 32768 /* as many processes as a host has by default */
#define HISTORY_PROGRAMS \
	0               /* this slot is no process's: model/history.h keeps there what it knows */
#define HISTORY_BOOT 16 /* bytes of a boot's id */
#define HISTORY_HALF 16384 /* bytes; those that are not written take no room on the disk */
#define HISTORY_SIZE (HISTORY_HALF - 64)

/* Of which process a slot holds the history. */
struct history_key {
	uint64_t start_time;
	int32_t pid;
	uint32_t slot; /* below HISTORY_SLOTS */
	uint32_t turn; /* the half is the turn's parity: one more with each writing */
};

struct history {
	int fd; /* -1: closed */
	char path[320];
	uint8_t boot[HISTORY_BOOT];
	uint64_t sequence; /* of the last that was written */
};

/* 0 or -errno; -EUCLEAN where the file is another program's: it is not touched. */
int history_open(struct history *history, const char *folder, const uint8_t boot[HISTORY_BOOT]);
void history_close(struct history *history);

/*
 * Hands over the newest whole history of each slot that is of this boot; `take` returns 0 or a
 * -errno that ends it. 0 or -errno.
 */
int history_read(struct history *history,
		 int (*take)(const struct history_key *key, const void *bytes, size_t size,
			     void *data),
		 void *data);

/* Writes at most HISTORY_SIZE bytes. 0 or -errno. */
int history_write(struct history *history, const struct history_key *key, const void *bytes,
		  size_t size);

#endif
