// SPDX-License-Identifier: BSD-2-Clause
#include "top/column.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

#define USAGE_WARNING 0.80
#define USAGE_CRITICAL 0.95
#define CONTAINER_ID_LENGTH 64
#define CONTAINER_ID_SHOWN 12

const struct column_info column_infos[COLUMN_COUNT] = {
	[COLUMN_PID] = {"pid", "PID", "process id", 7, 0, .right = true},
	[COLUMN_MEMBERS] = {"processes", "PROCS", "processes of the group", 6, 6, .right = true},
	[COLUMN_USER] = {"user", "USER", "real user", 8, 11},
	[COLUMN_UNIT] = {"unit", "UNIT", "systemd unit, or container", 18, 10},
	[COLUMN_KIND] = {"kind", "KIND", "kind of descriptor", 10, 6},
	[COLUMN_FDS] = {"fds", "FDS", "descriptors open now", 7, 3, .right = true},
	[COLUMN_LIMIT] = {"limit", "LIMIT", "soft limit, RLIMIT_NOFILE", 7, 12, .right = true},
	[COLUMN_USE] = {"use", "USE", "FDS of LIMIT", 11, 6, .narrow = 7, .least = 5},
	[COLUMN_PEAK] = {"peak", "PEAK", "most at once since fdwatchd watches", 7, 14,
			 .right = true},
	[COLUMN_OPENED] = {"opened", "OPEN/s", "opened a second", 7, 15, .right = true},
	[COLUMN_CLOSED] = {"closed", "CLOSE/s", "closed a second", 7, 16, .right = true},
	[COLUMN_REFUSED] = {"refused", "REFUSED", "refused by its own limit", 7, 17, .right = true},
	[COLUMN_GROWTH] = {"growth", "GROWTH", "descriptors a second, by the trend", 8, 9,
			   .right = true},
	[COLUMN_RECENT] = {"recent", "RECENT", "the last looks, each scaled for itself", 10, 13},
	[COLUMN_ETA] = {"eta", "ETA", "time to the limit, and four times of five between", 17, 1,
			.narrow = 5, .least = 6},
	[COLUMN_STATE] = {"state", "STATE", "ok, growing, warning, critical, exhausted", 9, 2},
	[COLUMN_TRACKED] = {"tracked", "T", "t: every descriptor is tracked", 1, 8},
	[COLUMN_OLDEST] = {"oldest", "OLDEST", "age of the oldest descriptor", 7, 7, .right = true},
	[COLUMN_MEDIAN] = {"median", "MEDIAN", "age that half of them have", 7, 8, .right = true},
	[COLUMN_COMMAND] = {"command", "COMMAND", "name of the program", 15, 0, .stretches = true},
	[COLUMN_PLACE] = {"place", "PLACE", "function and line that opened them", 24, 0,
			  .stretches = true},
};

const char *column_short(double number, char *text, size_t size)
{
	static const char units[] = "kMGTPE";
	double size_of = fabs(number);
	size_t unit = 0;

	if (!isfinite(number)) {
		snprintf(text, size, "-");
		return text;
	}
	if (size_of < 99999.5) {
		snprintf(text, size, "%.0f", number);
		return text;
	}
	for (size_of /= 1000, number /= 1000; size_of >= 999.5 && units[unit + 1]; unit++) {
		size_of /= 1000;
		number /= 1000;
	}
	snprintf(text, size,
		 size_of < 9.995   ? "%.2f%c"
		 : size_of < 99.95 ? "%.1f%c"
				   : "%.0f%c",
		 number, units[unit]);
	return text;
}

/* As it is while it fits. */
static void put_count(struct column_cell *cell, uint64_t number)
{
	if (number == ROWS_UNKNOWN)
		snprintf(cell->text, sizeof(cell->text), "-");
	else if (number <= 9999999)
		snprintf(cell->text, sizeof(cell->text), "%" PRIu64, number);
	else
		column_short((double)number, cell->text, sizeof(cell->text));
}

static void put_rate(struct column_cell *cell, double rate, bool sign)
{
	int digits = fabs(rate) < 0.095 ? 2 : fabs(rate) < 99.95 ? 1 : 0;

	if (!isfinite(rate) || fabs(rate) < 5e-5)
		snprintf(cell->text, sizeof(cell->text), isfinite(rate) ? "0" : "-");
	else if (fabs(rate) < 0.005) /* a slow leak is a leak: by the hour */
		snprintf(cell->text, sizeof(cell->text), sign ? "%+.1f/h" : "%.1f/h", rate * 3600);
	else if (fabs(rate) >= 99999.5)
		column_short(rate, cell->text, sizeof(cell->text));
	else
		snprintf(cell->text, sizeof(cell->text), sign ? "%+.*f" : "%.*f", digits, rate);
}

/* In one unit, and to two or three digits: "96s", "45m", "30h", "12d"; up or down. */
static void put_coarse(char *text, size_t size, double seconds, double (*whole)(double))
{
	static const struct {
		double below;
		double unit;
		char letter;
	} units[] = {{180, 1, 's'}, {36000, 60, 'm'}, {72 * 3600, 3600, 'h'}, {1e12, 86400, 'd'}};
	size_t i = 0;

	while (i < 3 && seconds >= units[i].below)
		i++;
	snprintf(text, size, "%.0f%c", whole(fmin(seconds, 1e9) / units[i].unit), units[i].letter);
}

/* "4m5s (3m-5m)"; where no end is in sight, "4m5s (3m-?)" */
static void put_eta(struct column_cell *cell, const struct row *row)
{
	char eta[FORMAT_SIZE];
	char low[FORMAT_SIZE] = "?";
	char high[FORMAT_SIZE] = "?";

	if (row->state == STATE_EXHAUSTED && !(row->eta > 0)) {
		snprintf(cell->text, sizeof(cell->text), "now");
		cell->tone = TONE_CRITICAL;
		return;
	}
	if (!isfinite(row->eta) && !isfinite(row->eta_low)) {
		snprintf(cell->text, sizeof(cell->text), "-");
		return;
	}
	if (isfinite(row->eta_low))
		put_coarse(low, sizeof(low), row->eta_low, floor);
	if (isfinite(row->eta_high))
		put_coarse(high, sizeof(high), row->eta_high, ceil);
	snprintf(cell->text, sizeof(cell->text), "%s (%s-%s)",
		 isfinite(row->eta) ? format_duration(row->eta, eta) : "?", low, high);
}

static void put_age(struct column_cell *cell, double seconds)
{
	char text[FORMAT_SIZE];

	snprintf(cell->text, sizeof(cell->text), "%s",
		 isfinite(seconds) ? format_duration(seconds, text) : "-");
}

static void put_string(struct column_cell *cell, const char *string)
{
	snprintf(cell->text, sizeof(cell->text), "%s", *string ? string : "-");
}

/* Ids are 64 hexadecimal digits, and their first 12 are what docker ps and its kin show. */
static void put_place(struct column_cell *cell, const struct rows *rows, const struct row *row)
{
	const char *container = rows_string(rows, row->container);

	put_string(cell, *container ? container : rows_string(rows, row->unit));
	if (strlen(container) == CONTAINER_ID_LENGTH &&
	    strspn(container, "0123456789abcdef") == CONTAINER_ID_LENGTH)
		cell->text[CONTAINER_ID_SHOWN] = '\0';
}

static enum tone state_tone(enum state state)
{
	return state >= STATE_CRITICAL  ? TONE_CRITICAL
	       : state == STATE_WARNING ? TONE_WARNING
					: TONE_PLAIN;
}

static enum tone usage_tone(double usage)
{
	return usage >= USAGE_CRITICAL  ? TONE_CRITICAL
	       : usage >= USAGE_WARNING ? TONE_WARNING
					: TONE_PLAIN;
}

static void put_usage(struct column_cell *cell, const struct row *row)
{
	char text[FORMAT_SIZE];

	cell->tone = usage_tone(row->usage);
	if (isnan(row->usage) || row->limit == ROWS_UNKNOWN)
		snprintf(cell->text, sizeof(cell->text), "-");
	else
		snprintf(cell->text, sizeof(cell->text), "%s", format_percent(row->usage, text));
}

static void put_number(struct column_cell *cell, enum column_id column, const struct row *row)
{
	switch (column) {
	case COLUMN_PID:
		put_count(cell, (uint64_t)(uint32_t)row->pid);
		break;
	case COLUMN_MEMBERS:
		put_count(cell, row->members);
		break;
	case COLUMN_FDS:
		put_count(cell, row->fds);
		break;
	case COLUMN_LIMIT:
		put_count(cell, row->limit);
		break;
	case COLUMN_PEAK:
		put_count(cell, row->peak);
		break;
	case COLUMN_REFUSED:
		put_count(cell, row->refused);
		cell->tone = row->refused != ROWS_UNKNOWN && row->refused > 0 ? TONE_WARNING
									      : TONE_PLAIN;
		break;
	case COLUMN_OPENED:
		put_rate(cell, row->open_rate, false);
		break;
	case COLUMN_CLOSED:
		put_rate(cell, row->close_rate, false);
		break;
	case COLUMN_GROWTH:
		put_rate(cell, row->growth, true);
		break;
	case COLUMN_OLDEST:
		put_age(cell, row->oldest);
		break;
	default:
		put_age(cell, row->median);
	}
}

void column_text(struct column_cell *cell, enum column_id column, const struct rows *rows,
		 const struct row *row)
{
	cell->tone = TONE_PLAIN;
	cell->text[0] = '\0';
	switch (column) {
	case COLUMN_USER:
		put_string(cell, rows_string(rows, row->user));
		break;
	case COLUMN_UNIT:
		put_place(cell, rows, row);
		break;
	case COLUMN_KIND:
		put_string(cell, rows_string(rows, row->kind));
		break;
	case COLUMN_COMMAND:
		put_string(cell, rows_string(rows, row->comm));
		break;
	case COLUMN_PLACE:
		put_string(cell, rows_string(rows, row->place));
		break;
	case COLUMN_USE:
		put_usage(cell, row);
		break;
	case COLUMN_ETA:
		cell->tone = state_tone(row->state);
		put_eta(cell, row);
		break;
	case COLUMN_STATE:
		cell->tone = state_tone(row->state);
		put_string(cell, state_name(row->state));
		break;
	case COLUMN_TRACKED:
		put_string(cell, row->tracked ? "t" : " ");
		break;
	case COLUMN_RECENT:
	case COLUMN_COUNT:
		break;
	default:
		put_number(cell, column, row);
	}
}

enum column_id column_find(const char *name)
{
	for (enum column_id column = 0; column < COLUMN_COUNT; column++)
		if (strcmp(column_infos[column].name, name) == 0)
			return column;
	return COLUMN_COUNT;
}

/* The highest of a part of the past; less than 0 where that part has not been seen. */
static double level_of(const struct past *past, size_t part, size_t parts)
{
	size_t begin = part * past->count / parts;
	size_t end = (part + 1) * past->count / parts;
	double most = -1;

	if (past->count < parts) { /* one look a part, the latest at the right */
		begin = past->count + part - parts;
		end = part + past->count < parts ? begin : begin + 1;
	}
	for (size_t i = begin; i < end; i++)
		most = past->values[i] > most ? past->values[i] : most;
	return most;
}

size_t column_recent(const struct row *row, double *levels, size_t count)
{
	const struct past *past = row->past;
	uint32_t least = row->fds;
	uint32_t most = row->fds;
	double span;

	if (count > ROWS_PAST)
		count = ROWS_PAST;
	for (size_t i = 0; past && i < past->count; i++) {
		least = past->values[i] < least ? past->values[i] : least;
		most = past->values[i] > most ? past->values[i] : most;
	}
	/* A few descriptors more or less are no mountain. */
	span = fmax(fmax(most - least, 8), most / 20.0);
	for (size_t i = 0; i < count; i++) {
		double value = -1;

		if (past)
			value = level_of(past, i, count);
		else if (i + row->looks + 1 >= count)
			value = row->fds;
		levels[i] = value < 0 ? -1 : (value - (double)least) / span;
	}
	return count;
}
