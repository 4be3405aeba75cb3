// SPDX-License-Identifier: BSD-2-Clause
#include "store/database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "store/file.h"
#include "store/rows.h"

#define APPLICATION_ID 1717860963 /* "fdwc" */
#define BUSY_MSEC 1000            /* somebody looks into it with another program */
#define VALUE_MAX (64 << 20)      /* bytes: no black box is longer */
#define CHECK_STEPS 10000         /* of SQLite's machine between two looks at whether to stop */

int database_error(const struct database *d, int code)
{
	int error = d->db ? sqlite3_system_errno(d->db) : 0;

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_INTERRUPT:
		return -EINTR;
	case SQLITE_CANTOPEN:
		return error ? -error : -EACCES;
	case SQLITE_IOERR:
		return error ? -error : -EIO;
	default:
		return -EINVAL;
	}
}

int database_run(struct database *d, const char *sql)
{
	return database_error(d, sqlite3_exec(d->db, sql, NULL, NULL, NULL));
}

sqlite3_stmt *database_prepare(struct database *d, const char *sql, int *error)
{
	sqlite3_stmt *statement = NULL;

	*error = database_error(d, sqlite3_prepare_v2(d->db, sql, -1, &statement, NULL));
	return statement;
}

int database_step(struct database *d, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	/* The code of the step stands for all: a reset only repeats it. */
	sqlite3_reset(statement);
	return database_error(d, code);
}

/* A number that a statement gives: 0 or -errno. */
static int read_number(struct database *d, const char *sql, int64_t *number)
{
	int r;
	_statement_ sqlite3_stmt *statement = database_prepare(d, sql, &r);

	if (!statement)
		return r;
	r = sqlite3_step(statement);
	if (r != SQLITE_ROW)
		return r == SQLITE_DONE ? -EUCLEAN : database_error(d, r);
	*number = sqlite3_column_int64(statement, 0);
	return 0;
}

/* Whoever edited the file may have left what runs when we read or write. */
static void distrust(struct database *d)
{
	static const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
				  SQLITE_DBCONFIG_TRUSTED_SCHEMA};

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		sqlite3_db_config(d->db, off[i], 0, NULL);
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_limit(d->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(d->db, BUSY_MSEC);
	sqlite3_extended_result_codes(d->db, 1);
}

/* No link, no FIFO that nobody writes to. */
static int make_file(const char *path)
{
	_close_ int fd = file_open(path, 0);

	if (fd == -ELOOP || fd == -EINVAL)
		return -EUCLEAN;
	return fd < 0 ? fd : 0;
}

static int make_tables(struct database *d)
{
	char tables[ROWS_SCHEMA_SIZE], sql[ROWS_SCHEMA_SIZE + 128];

	rows_schema(tables, sizeof(tables));
	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE;"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d; %s COMMIT",
		 APPLICATION_ID, DATABASE_SCHEMA, tables);
	return database_run(d, sql);
}

/*
 * After kill -9 all is there that was committed; after the power fails, all but the last seconds,
 * and the host's new start ends every incident anyway: so no commit waits for the disk (NORMAL).
 */
static int prepare(struct database *d)
{
	return database_run(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			       "PRAGMA journal_size_limit = 4194304; PRAGMA cell_size_check = ON;"
			       "PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;");
}

/*
 * Nobody else reads it meanwhile, so that the log's index stays in our memory: from the file that
 * WAL shares it by otherwise, whoever cuts that short ends the daemon (SIGBUS).
 */
static int own_file(struct database *d)
{
	return database_run(d, "PRAGMA locking_mode = EXCLUSIVE");
}

static int look_at_version(struct database *d, struct failure *failure)
{
	int64_t tables, application, version;
	int r = own_file(d);

	if (!r)
		r = read_number(d, "PRAGMA user_version", &version);
	if (!r)
		r = read_number(d, "PRAGMA application_id", &application);
	if (!r)
		r = read_number(d, "SELECT count(*) FROM sqlite_schema", &tables);
	if (r < 0)
		return fail(failure, r, "%s: %s", d->path, sqlite3_errmsg(d->db));
	if (!tables && !application) {
		r = database_run(d, "PRAGMA auto_vacuum = INCREMENTAL");
		if (!r)
			r = prepare(d);
		if (!r)
			r = make_tables(d);
		return r ? fail(failure, r, "%s: %s", d->path, sqlite3_errmsg(d->db)) : 0;
	}
	if (application != APPLICATION_ID || version < 1)
		return fail(failure, -EUCLEAN, "%s is no file of fdwatch's", d->path);
	if (version > DATABASE_SCHEMA)
		return fail(failure, -EPROTONOSUPPORT,
			    "%s was made by a newer fdwatchd (schema %" PRId64
			    ", this one knows %d)",
			    d->path, version, DATABASE_SCHEMA);
	r = prepare(d);
	return r ? fail(failure, r, "%s: %s", d->path, sqlite3_errmsg(d->db)) : 0;
}

int database_open(struct database *d, const char *folder, struct failure *failure)
{
	int r;

	snprintf(d->path, sizeof(d->path), "%s/" DATABASE_FILE, folder);
	r = make_file(d->path);
	if (r == -EUCLEAN)
		return fail(failure, r, "%s is no file", d->path);
	if (r < 0)
		return fail(failure, r, "%s: %s", d->path, strerror(-r));
	r = sqlite3_open_v2(d->path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (r != SQLITE_OK) {
		r = database_error(d, r);
		fail(failure, r, "%s: %s", d->path, d->db ? sqlite3_errmsg(d->db) : strerror(-r));
	} else {
		distrust(d);
		r = look_at_version(d, failure);
	}
	if (r < 0)
		database_close(d);
	return r;
}

void database_close(struct database *d)
{
	sqlite3_close_v2(d->db);
	d->db = NULL;
}

bool database_is_lost(struct database *d)
{
	int moved = 0;

	return d->db && !sqlite3_file_control(d->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) &&
	       moved;
}

int database_check(struct database *d, int (*stop)(void *data), void *data)
{
	int r;
	_statement_ sqlite3_stmt *statement = database_prepare(d, "PRAGMA quick_check(1)", &r);

	if (!statement)
		return r;
	sqlite3_progress_handler(d->db, CHECK_STEPS, stop, data);
	r = sqlite3_step(statement);
	sqlite3_progress_handler(d->db, 0, NULL, NULL);
	if (r != SQLITE_ROW)
		return database_error(d, r);
	return strcmp((const char *)sqlite3_column_text(statement, 0) ?: "", "ok") ? -EUCLEAN : 0;
}

int database_put_aside(const struct database *d, uint64_t seconds, char *aside, size_t size)
{
	static const char *const endings[] = {"-wal", "-shm", ""}; /* the file last: all or none */
	int r;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		r = file_put_aside(d->path, endings[i], seconds, aside, size);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}
