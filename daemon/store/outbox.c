// SPDX-License-Identifier: BSD-2-Clause
#include "store/outbox.h"

#include <string.h>

static int put(struct database *d, const struct notice *notice, uint32_t waiting)
{
	int r;
	_statement_ sqlite3_stmt *statement =
		database_prepare(d,
				 "INSERT OR REPLACE INTO notice (event, incident, waiting, body) "
				 "VALUES (?, ?, ?, ?)",
				 &r);

	if (!statement)
		return r;
	sqlite3_bind_int64(statement, 1, (int64_t)notice->event_id);
	sqlite3_bind_int64(statement, 2, (int64_t)notice->incident);
	sqlite3_bind_int64(statement, 3, waiting);
	sqlite3_bind_blob(statement, 4, notice, sizeof(*notice), SQLITE_STATIC);
	return database_step(d, statement);
}

/* Takes bits from rows whose `key` is `value`, and forgets those that none is left of. */
static int clear(struct database *d, const char *update, const char *forget, uint64_t value,
		 uint32_t bits)
{
	int r;
	_statement_ sqlite3_stmt *first = database_prepare(d, update, &r);

	if (!first)
		return r;
	sqlite3_bind_int64(first, 1, (int64_t)value);
	sqlite3_bind_int64(first, 2, bits);
	r = database_step(d, first);
	if (r < 0)
		return r;
	_statement_ sqlite3_stmt *second = database_prepare(d, forget, &r);

	if (!second)
		return r;
	sqlite3_bind_int64(second, 1, (int64_t)value);
	return database_step(d, second);
}

int outbox_put(struct database *d, const struct notice *notice, uint32_t channels)
{
	int r = clear(d, "UPDATE notice SET waiting = waiting & ~?2 WHERE incident = ?1",
		      "DELETE FROM notice WHERE incident = ?1 AND waiting = 0", notice->incident,
		      OUTBOX_LAST);

	if (notice->step != NOTICE_ENDED)
		channels |= OUTBOX_LAST;
	return r || !channels ? r : put(d, notice, channels);
}

int outbox_done(struct database *d, uint64_t event_id, uint32_t channels)
{
	return clear(d, "UPDATE notice SET waiting = waiting & ~?2 WHERE event = ?1",
		     "DELETE FROM notice WHERE event = ?1 AND waiting = 0", event_id, channels);
}

#define ENDS(text) memchr(text, '\0', sizeof(text))

bool outbox_is_valid(const struct notice *n)
{
	return n->event_id && n->incident && (unsigned int)n->step < NOTICE_STEP_COUNT &&
	       (unsigned int)n->scope < NOTICE_SCOPE_COUNT &&
	       (unsigned int)n->state < STATE_COUNT && (unsigned int)n->previous < STATE_COUNT &&
	       (unsigned int)n->worst < STATE_COUNT && (unsigned int)n->end < INCIDENT_END_COUNT &&
	       (unsigned int)n->cause <= CAUSE_COUNT && ENDS(n->resource) && ENDS(n->user) &&
	       ENDS(n->comm) && ENDS(n->unit) && ENDS(n->container) && ENDS(n->mark);
}

static bool read_row(sqlite3_stmt *statement, struct notice *notice, uint32_t *channels)
{
	const void *body = sqlite3_column_blob(statement, 2);
	int64_t waiting = sqlite3_column_int64(statement, 1);

	if (!body || sqlite3_column_bytes(statement, 2) != (int)sizeof(*notice) || waiting <= 0 ||
	    waiting > UINT32_MAX)
		return false;
	memcpy(notice, body, sizeof(*notice));
	*channels = (uint32_t)waiting;
	return outbox_is_valid(notice) &&
	       notice->event_id == (uint64_t)sqlite3_column_int64(statement, 0);
}

int outbox_read(struct database *d,
		int (*take)(const struct notice *notice, uint32_t channels, void *data), void *data)
{
	struct notice notice;
	uint32_t channels;
	int code, r;
	_statement_ sqlite3_stmt *statement =
		database_prepare(d,
				 "SELECT event, waiting, body FROM notice "
				 "WHERE NOT (" OUTBOX_STALE ") ORDER BY event",
				 &r);

	if (!statement)
		return r;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && !r)
		if (read_row(statement, &notice, &channels))
			r = take(&notice, channels, data);
	return r ?: database_error(d, code);
}
