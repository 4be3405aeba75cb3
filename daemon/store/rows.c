// SPDX-License-Identifier: BSD-2-Clause
#include "store/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "store/outbox.h"

#define COUNTS_SIZE (CAUSE_COUNT * 21) /* numbers and blanks */
#define LEVEL 6                        /* of zlib: listings shrink to a twentieth */

/* How a member of struct incident stands in its column. */
enum column_kind {
	COLUMN_U64,
	COLUMN_LIMIT, /* NULL: none */
	COLUMN_U32,
	COLUMN_PID,
	COLUMN_BOOL,
	COLUMN_ENUM,   /* a number below `size` */
	COLUMN_COUNTS, /* a number for each cause, a blank between */
	COLUMN_TEXT,   /* of less than `size` bytes; any but NUL */
};

static const struct column {
	const char *name;
	enum column_kind kind;
	size_t offset;
	size_t size;
} columns[] = {
#define COLUMN(name, kind, size) \
	{ \
#name, COLUMN_##kind, offsetof(struct incident, name), size \
	}
#define TEXT(name) COLUMN(name, TEXT, sizeof(((struct incident *)NULL)->name))
	COLUMN(id, U64, 0), /* INTEGER PRIMARY KEY */
	COLUMN(began, U64, 0),
	COLUMN(opened, U64, 0),
	COLUMN(changed, U64, 0),
	COLUMN(ended, U64, 0),
	COLUMN(type, ENUM, INCIDENT_TYPE_COUNT),
	COLUMN(end, ENUM, INCIDENT_END_COUNT),
	COLUMN(box, ENUM, INCIDENT_BOX_COUNT),
	COLUMN(state, ENUM, STATE_COUNT),
	COLUMN(previous, ENUM, STATE_COUNT),
	COLUMN(worst, ENUM, STATE_COUNT),
	COLUMN(pid, PID, 0),
	COLUMN(start_time, U64, 0),
	COLUMN(uid, U32, 0),
	COLUMN(euid, U32, 0),
	COLUMN(suid, U32, 0),
	COLUMN(dumpable, BOOL, 0),
	TEXT(comm),
	TEXT(unit),
	TEXT(container),
	TEXT(subject),
	COLUMN(fds, U64, 0),
	COLUMN(fds_highest, U64, 0),
	COLUMN(soft_limit, LIMIT, 0),
	COLUMN(refusals, COUNTS, 0),
	COLUMN(refusals_before, COUNTS, 0),
#undef TEXT
#undef COLUMN
};

#define COLUMN_COUNT ((int)(sizeof(columns) / sizeof(columns[0])))
#define BOOT_COLUMN COLUMN_COUNT /* behind them */
#define NAMES_SIZE 512

static void column_names(char *names, size_t size)
{
	size_t length = 0;

	for (int i = 0; i < COLUMN_COUNT; i++)
		length +=
			(size_t)snprintf(names + length, size - length, "\"%s\",", columns[i].name);
	snprintf(names + length, size - length, "boot");
}

void rows_schema(char *sql, size_t size)
{
	char names[NAMES_SIZE];

	column_names(names, sizeof(names));
	snprintf(sql, size,
		 "CREATE TABLE incident (%s, PRIMARY KEY (id)) WITHOUT ROWID;"
		 "CREATE INDEX incident_ended ON incident (ended);"
		 "CREATE TABLE box (incident INTEGER PRIMARY KEY, size, body);" OUTBOX_SCHEMA,
		 names);
}

static void bind_counts(sqlite3_stmt *statement, int at, const uint64_t *counts)
{
	char text[COUNTS_SIZE];
	size_t length = 0;

	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%" PRIu64,
					   cause ? " " : "", counts[cause]);
	sqlite3_bind_text(statement, at, text, (int)length, SQLITE_TRANSIENT);
}

/* Numbers beyond what SQLite holds stay below it: there are none. */
static int64_t bounded(uint64_t number)
{
	return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static void bind(sqlite3_stmt *statement, int at, const struct column *column,
		 const struct incident *incident)
{
	const void *member = (const char *)incident + column->offset;
	const char *text = member;

	switch (column->kind) {
	case COLUMN_LIMIT:
		if (*(const uint64_t *)member == LIMIT_INFINITY)
			return; /* NULL */
				/* fall through */
	case COLUMN_U64:
		sqlite3_bind_int64(statement, at, bounded(*(const uint64_t *)member));
		break;
	case COLUMN_U32:
		sqlite3_bind_int64(statement, at, *(const uint32_t *)member);
		break;
	case COLUMN_PID:
		sqlite3_bind_int64(statement, at, *(const int32_t *)member);
		break;
	case COLUMN_BOOL:
		sqlite3_bind_int64(statement, at, *(const bool *)member);
		break;
	case COLUMN_ENUM:
		sqlite3_bind_int64(statement, at, *(const unsigned int *)member);
		break;
	case COLUMN_COUNTS:
		bind_counts(statement, at, member);
		break;
	case COLUMN_TEXT:
		sqlite3_bind_text(statement, at, text, (int)strnlen(text, column->size - 1),
				  SQLITE_TRANSIENT);
		break;
	}
}

int rows_put(struct database *d, const struct incident *incident, const char *boot)
{
	char names[NAMES_SIZE], sql[NAMES_SIZE + 256];
	size_t length;
	int r;

	column_names(names, sizeof(names));
	length = (size_t)snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO incident (%s) VALUES (",
				  names);
	for (int i = 0; i < COLUMN_COUNT; i++)
		length += (size_t)snprintf(sql + length, sizeof(sql) - length, "?,");
	snprintf(sql + length, sizeof(sql) - length, "?)");
	_statement_ sqlite3_stmt *statement = database_prepare(d, sql, &r);

	if (!statement)
		return r;
	for (int i = 0; i < COLUMN_COUNT; i++)
		bind(statement, i + 1, &columns[i], incident);
	sqlite3_bind_text(statement, BOOT_COLUMN + 1, boot, -1, SQLITE_TRANSIENT);
	return database_step(d, statement);
}

static bool read_counts(sqlite3_stmt *statement, int at, uint64_t *counts)
{
	const char *text = (const char *)sqlite3_column_text(statement, at);
	char *end;

	for (int cause = 0; text && cause < CAUSE_COUNT; cause++) {
		if (*text < '0' || *text > '9')
			return false;
		counts[cause] = strtoull(text, &end, 10);
		if (*end != (cause + 1 < CAUSE_COUNT ? ' ' : '\0'))
			return false;
		text = end + 1;
	}
	return text;
}

static bool read_text(sqlite3_stmt *statement, int at, char *text, size_t size)
{
	const void *bytes = sqlite3_column_blob(statement, at);
	size_t length = (size_t)sqlite3_column_bytes(statement, at);

	if (length >= size || (length && (!bytes || memchr(bytes, '\0', length))))
		return false;
	if (length)
		memcpy(text, bytes, length);
	text[length] = '\0';
	return true;
}

/* Puts a whole number of 0 to `most` into *number. */
static bool read_number(sqlite3_stmt *statement, int at, int64_t most, int64_t *number)
{
	if (sqlite3_column_type(statement, at) != SQLITE_INTEGER)
		return false;
	*number = sqlite3_column_int64(statement, at);
	return *number >= 0 && *number <= most;
}

/* False where the column is not as we write it. */
static bool read_column(sqlite3_stmt *statement, int at, const struct column *column,
			struct incident *incident)
{
	static const int64_t most[] = {
		[COLUMN_U64] = INT64_MAX, [COLUMN_LIMIT] = INT64_MAX, [COLUMN_U32] = UINT32_MAX,
		[COLUMN_PID] = INT32_MAX, [COLUMN_BOOL] = 1,
	};
	void *member = (char *)incident + column->offset;
	int64_t number;

	if (column->kind == COLUMN_COUNTS)
		return read_counts(statement, at, member);
	if (column->kind == COLUMN_TEXT)
		return read_text(statement, at, member, column->size);
	if (column->kind == COLUMN_LIMIT && sqlite3_column_type(statement, at) == SQLITE_NULL) {
		*(uint64_t *)member = LIMIT_INFINITY;
		return true;
	}
	if (!read_number(statement, at,
			 column->kind == COLUMN_ENUM ? (int64_t)column->size - 1
						     : most[column->kind],
			 &number))
		return false;
	if (column->kind == COLUMN_U64 || column->kind == COLUMN_LIMIT)
		*(uint64_t *)member = (uint64_t)number;
	else if (column->kind == COLUMN_BOOL)
		*(bool *)member = number;
	else
		*(uint32_t *)member = (uint32_t)number; /* pid and enums are as wide */
	return true;
}

static bool read_row(sqlite3_stmt *statement, struct incident *incident, char *boot)
{
	*incident = (struct incident){.eta = NAN};
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (!read_column(statement, i, &columns[i], incident))
			return false;
	return incident->id && read_text(statement, BOOT_COLUMN, boot, ROWS_BOOT_SIZE);
}

static int take_rows(struct database *d, sqlite3_stmt *statement, rows_take *take, void *data)
{
	char boot[ROWS_BOOT_SIZE];
	struct incident incident;
	int code, r = 0;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW && !r)
		if (read_row(statement, &incident, boot))
			r = take(&incident, boot, data);
	return r ?: database_error(d, code);
}

static sqlite3_stmt *prepare_query(struct database *d, const char *rest, int *error)
{
	char names[NAMES_SIZE], sql[NAMES_SIZE + 256];

	column_names(names, sizeof(names));
	snprintf(sql, sizeof(sql), "SELECT %s FROM incident %s", names, rest);
	return database_prepare(d, sql, error);
}

int rows_query(struct database *d, const struct incident_query *query, rows_take *take, void *data)
{
	int r;
	_statement_ sqlite3_stmt *statement =
		prepare_query(d,
			      "WHERE id BETWEEN ?1 AND ?5 AND (?2 OR "
			      "(dumpable = 1 AND uid = ?3 AND euid = ?3 AND suid = ?3)) "
			      "ORDER BY id DESC LIMIT ?4",
			      &r);

	if (!statement)
		return r;
	sqlite3_bind_int64(statement, 1, bounded(query->id));
	sqlite3_bind_int64(statement, 5, query->id ? bounded(query->id) : INT64_MAX);
	sqlite3_bind_int(statement, 2, query->all);
	sqlite3_bind_int64(statement, 3, query->uid);
	sqlite3_bind_int64(statement, 4, bounded(query->limit));
	return take_rows(d, statement, take, data);
}

int rows_open(struct database *d, rows_take *take, void *data)
{
	int r;
	_statement_ sqlite3_stmt *statement = prepare_query(d, "WHERE ended = 0 ORDER BY id", &r);

	return statement ? take_rows(d, statement, take, data) : r;
}

int rows_put_box(struct database *d, uint64_t id, const char *text, size_t length)
{
	uLongf size = compressBound(length);
	_free_ unsigned char *body = length <= ROWS_BOX_MAX ? malloc(size) : NULL;
	int r;

	if (!body || compress2(body, &size, (const unsigned char *)text, length, LEVEL) != Z_OK)
		return -ENOMEM;
	_statement_ sqlite3_stmt *statement = database_prepare(
		d, "INSERT OR REPLACE INTO box (incident, size, body) VALUES (?, ?, ?)", &r);

	if (!statement)
		return r;
	sqlite3_bind_int64(statement, 1, bounded(id));
	sqlite3_bind_int64(statement, 2, bounded(length));
	sqlite3_bind_blob64(statement, 3, body, size, SQLITE_STATIC);
	return database_step(d, statement);
}

/* Never more than the row says, and never more than any may have. */
static int unpack(sqlite3_stmt *statement, char **text, size_t *length)
{
	uLong packed = (uLong)sqlite3_column_bytes(statement, 1);
	const void *body = sqlite3_column_blob(statement, 1);
	uLongf size;
	int64_t said;

	if (!read_number(statement, 0, ROWS_BOX_MAX, &said) || !body)
		return -EBADMSG;
	size = (uLongf)said;
	*text = malloc(size + 1);
	if (!*text)
		return -ENOMEM;
	if (uncompress((unsigned char *)*text, &size, body, packed) != Z_OK ||
	    size != (uLongf)said) {
		free(*text);
		*text = NULL;
		return -EBADMSG;
	}
	(*text)[size] = '\0';
	*length = size;
	return 0;
}

int rows_box(struct database *d, uint64_t id, char **text, size_t *length)
{
	int r;
	_statement_ sqlite3_stmt *statement =
		database_prepare(d, "SELECT size, body FROM box WHERE incident = ?", &r);

	*text = NULL;
	if (!statement)
		return r;
	sqlite3_bind_int64(statement, 1, bounded(id));
	r = sqlite3_step(statement);
	if (r == SQLITE_DONE)
		return -ENOENT;
	return r == SQLITE_ROW ? unpack(statement, text, length) : database_error(d, r);
}

int rows_last_id(struct database *d, uint64_t most, uint64_t *id)
{
	int r;
	_statement_ sqlite3_stmt *statement = database_prepare(
		d,
		"SELECT max(ifnull((SELECT max(id) FROM incident WHERE id <= ?1), 0),"
		"ifnull((SELECT max(event) FROM notice WHERE event <= ?1), 0))",
		&r);
	int64_t last;

	if (!statement)
		return r;
	sqlite3_bind_int64(statement, 1, bounded(most));
	r = sqlite3_step(statement);
	if (r != SQLITE_ROW)
		return r == SQLITE_DONE ? -EUCLEAN : database_error(d, r);
	*id = read_number(statement, 0, INT64_MAX, &last) ? (uint64_t)last : 0;
	return 0;
}
