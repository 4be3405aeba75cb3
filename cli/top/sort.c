// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <string.h>

#include "top/column.h"

static int falling(uint64_t a, uint64_t b)
{
	if (a == b)
		return 0;
	if (a == ROWS_UNKNOWN || b == ROWS_UNKNOWN)
		return a == ROWS_UNKNOWN ? 1 : -1;
	return a < b ? 1 : -1;
}

static int falling_real(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return a < b ? 1 : a > b ? -1 : 0;
}

static int rising_real(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return a < b ? -1 : a > b;
}

static int names(const struct rows *rows, uint32_t a, uint32_t b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? -1 : 1;
	return strcasecmp(rows_string(rows, a), rows_string(rows, b));
}

/* Its container, else its unit. */
static int places(const struct rows *rows, const struct row *a, const struct row *b)
{
	return names(rows, a->container ? a->container : a->unit,
		     b->container ? b->container : b->unit);
}

/* The most endangered first: by state, then by the time that is left, then by what is taken. */
static int danger(const struct row *a, const struct row *b)
{
	int order = falling(a->state, b->state);

	if (order == 0)
		order = rising_real(a->eta, b->eta);
	return order ? order : falling_real(a->usage, b->usage);
}

static int compare_texts(enum column_id column, const struct rows *rows, const struct row *a,
			 const struct row *b)
{
	switch (column) {
	case COLUMN_USER:
		return names(rows, a->user, b->user);
	case COLUMN_UNIT:
		return places(rows, a, b);
	case COLUMN_KIND:
		return names(rows, a->kind, b->kind);
	case COLUMN_COMMAND:
		return names(rows, a->comm, b->comm);
	default:
		return names(rows, a->place, b->place);
	}
}

static int compare(enum column_id column, const struct rows *rows, const struct row *a,
		   const struct row *b)
{
	switch (column) {
	case COLUMN_PID:
		return a->pid < b->pid ? -1 : a->pid > b->pid;
	case COLUMN_MEMBERS:
		return falling(a->members, b->members);
	case COLUMN_FDS:
		return falling(a->fds, b->fds);
	case COLUMN_LIMIT:
		return falling(a->limit, b->limit);
	case COLUMN_USE:
		return falling_real(a->usage, b->usage);
	case COLUMN_PEAK:
		return falling(a->peak, b->peak);
	case COLUMN_OPENED:
		return falling_real(a->open_rate, b->open_rate);
	case COLUMN_CLOSED:
		return falling_real(a->close_rate, b->close_rate);
	case COLUMN_REFUSED:
		return falling(a->refused, b->refused);
	case COLUMN_GROWTH:
		return falling_real(a->growth, b->growth);
	case COLUMN_RECENT:
		return falling(a->past != NULL, b->past != NULL);
	case COLUMN_ETA:
		return rising_real(a->eta, b->eta);
	case COLUMN_TRACKED:
		return falling(a->tracked, b->tracked);
	case COLUMN_OLDEST:
		return falling_real(a->oldest, b->oldest);
	case COLUMN_MEDIAN:
		return falling_real(a->median, b->median);
	case COLUMN_STATE:
		return danger(a, b);
	default:
		return compare_texts(column, rows, a, b);
	}
}

int column_compare(enum column_id column, const struct rows *rows, const struct row *a,
		   const struct row *b)
{
	int order = compare(column, rows, a, b);

	if (order == 0)
		order = danger(a, b);
	return order ? order : a->id < b->id ? -1 : a->id > b->id;
}
