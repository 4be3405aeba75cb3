/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records one after the other in a file, for the daemon that follows a killed one: what was put
 * last stands behind what was put before, and what they mean is the caller's. A torn end is cut
 * off, and what is of another boot is not read. As it only grows, all is put anew now and then.
 */
#ifndef FDWATCH_STORE_LEDGER_H
#define FDWATCH_STORE_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#define LEDGER_FILE "sites"
#define LEDGER_BOOT 16          /* bytes of a boot's id */
#define LEDGER_MAX (32U << 20)  /* bytes of the file; what comes then is not kept */
#define LEDGER_RECORD_MAX 65536 /* bytes of one */

struct ledger {
	int fd;             /* -1: closed */
	int next;           /* the file that is to replace it; -1: none */
	int next_error;     /* what it lacks something for; 0: it is whole */
	uint64_t size;      /* of what is appended to */
	uint64_t size_left; /* of the other, while there are two */
	uint8_t boot[LEDGER_BOOT];
	char path[320];
};

/* As it comes with no file open. */
#define LEDGER_CLOSED ((struct ledger){.fd = -1, .next = -1})

/* 0 or -errno; -EUCLEAN where the file is another program's: it is not touched. */
int ledger_open(struct ledger *ledger, const char *folder, const uint8_t boot[LEDGER_BOOT]);
void ledger_close(struct ledger *ledger);

/*
 * All whole records, for ledger_next(); the caller frees *bytes, NULL where there are none. 0 or
 * -errno.
 */
int ledger_read(struct ledger *ledger, void **bytes, size_t *size);

/* The record at *at of what was read, and *at moved behind it; NULL behind the last. */
const void *ledger_next(const void *bytes, size_t size, size_t *at, size_t *record_size);

/* 0; -EFBIG where the file is full; another -errno. */
int ledger_append(struct ledger *ledger, const void *bytes, size_t size);

/*
 * What is appended from now on begins a new file, which replaces the old one at the end: only where
 * it is whole, or it is given up with the error that it had.
 */
int ledger_renew(struct ledger *ledger);
int ledger_replace(struct ledger *ledger);

#endif
