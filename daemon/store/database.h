/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of incidents: an SQLite database of ours alone, whoever may have edited it meanwhile. */
#ifndef FDWATCH_STORE_DATABASE_H
#define FDWATCH_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#define DATABASE_FILE "incidents.db"
#define DATABASE_SCHEMA 1 /* PRAGMA user_version; raise it with any change to the tables */

struct database {
	sqlite3 *db; /* NULL: closed */
	char path[320];
};

/*
 * Opens the file in `folder`, making it where there is none. 0, or -errno with the line: -EUCLEAN
 * where it is damaged or another program's, -EPROTONOSUPPORT where a newer fdwatchd made it.
 */
int database_open(struct database *database, const char *folder, struct failure *failure);

void database_close(struct database *database);

/* The result of an SQLite call as 0 or -errno; -EUCLEAN: damaged. */
int database_error(const struct database *database, int code);

/* Runs statements that give nothing. 0 or -errno. */
int database_run(struct database *database, const char *sql);

/* Whether the file was removed or moved away while it was open: what is written is nobody's. */
bool database_is_lost(struct database *database);

/* Reads the whole file, until `stop` says otherwise. 0, -EUCLEAN, -EINTR or another -errno. */
int database_check(struct database *database, int (*stop)(void *data), void *data);

/*
 * Puts the files of a closed database aside, to *.damaged-SECONDS. Writes the new name to `aside`.
 * 0 or -errno.
 */
int database_put_aside(const struct database *database, uint64_t seconds, char *aside, size_t size);

/* A statement, ready to be stepped; NULL, and *error is -errno. The caller finalizes it. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql, int *error);

/* Steps a statement that gives no row, and resets it. 0 or -errno. */
int database_step(struct database *database, sqlite3_stmt *statement);

static inline void cleanup_statement(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

#define _statement_ __attribute__((cleanup(cleanup_statement)))

#endif
