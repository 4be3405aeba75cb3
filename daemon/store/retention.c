// SPDX-License-Identifier: BSD-2-Clause
#include "store/retention.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "store/outbox.h"

#define OLD_AT_ONCE 64 /* incidents that one step forgets */
#define MUCH_AT_ONCE 4
#define PAGES_BACK 2048 /* to the file system in one step: 8 MiB */

static int64_t number(struct database *d, const char *sql)
{
	int r;
	_statement_ sqlite3_stmt *statement = database_prepare(d, sql, &r);

	return statement && sqlite3_step(statement) == SQLITE_ROW
		       ? sqlite3_column_int64(statement, 0)
		       : 0;
}

/* Bytes of pages in use: the free ones are given back below. */
static uint64_t bytes_used(struct database *d)
{
	int64_t pages = number(d, "PRAGMA page_count") - number(d, "PRAGMA freelist_count");
	int64_t size = number(d, "PRAGMA page_size");

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

/* The oldest incidents `where`; 1 where there were some. */
static int forget(struct database *d, const char *where, int at_once)
{
	char sql[640];
	int before = sqlite3_total_changes(d->db);
	int r;

	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE;"
		 "CREATE TEMP TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY);"
		 "DELETE FROM temp.gone;"
		 "INSERT OR IGNORE INTO temp.gone SELECT id FROM incident WHERE %s ORDER BY id "
		 "LIMIT %d;",
		 where, at_once);
	r = database_run(d, sql);
	if (!r)
		r = database_run(d, "DELETE FROM box WHERE incident IN (SELECT id FROM gone);"
				    "DELETE FROM incident WHERE id IN (SELECT id FROM gone);"
				    "DELETE FROM temp.gone; COMMIT");
	if (r < 0) {
		database_run(d, "ROLLBACK");
		return r;
	}
	return sqlite3_total_changes(d->db) != before;
}

static int forget_notices(struct database *d)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM notice WHERE " OUTBOX_STALE ";"
		 "DELETE FROM notice WHERE event <= (SELECT event FROM notice "
		 "ORDER BY event DESC LIMIT 1 OFFSET %d)",
		 RETENTION_NOTICES);
	return database_run(d, sql);
}

static int give_back(struct database *d)
{
	char sql[64];
	int r;

	if (!number(d, "PRAGMA freelist_count"))
		return 0;
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%d)", PAGES_BACK);
	r = database_run(d, sql);
	if (r < 0 || number(d, "PRAGMA freelist_count"))
		return r ?: 1;
	/* The file shrinks when what stands in the log is taken over. */
	return database_run(d, "PRAGMA wal_checkpoint(TRUNCATE)");
}

uint64_t retention_calendar(uint64_t calendar, uint64_t now, uint64_t elapsed)
{
	uint64_t reach = calendar + RETENTION_PACE * elapsed;

	if (now < reach)
		reach = now;
	return reach > calendar ? reach : calendar;
}

int retention_sweep(struct database *d, const struct retention *retention)
{
	char where[96];
	int r;

	snprintf(where, sizeof(where), "ended > 0 AND ended < %" PRIu64, retention->before);
	r = forget(d, where, OLD_AT_ONCE);
	if (!r && bytes_used(d) > retention->bytes)
		r = forget(d, "ended IS NOT 0", MUCH_AT_ONCE);
	/* Open ones alone are too much: what happened stays known, what was open then does not. */
	if (!r && bytes_used(d) > retention->bytes)
		r = database_run(d, "DELETE FROM box WHERE incident = "
				    "(SELECT min(incident) FROM box)");
	if (!r)
		r = forget_notices(d);
	if (r < 0)
		return r;
	if (r > 0)
		return 1;
	return give_back(d);
}
