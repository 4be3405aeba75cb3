/* SPDX-License-Identifier: BSD-2-Clause */
#include "backtest.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/forecast.h"

#define TELL_SECONDS 60
#define MOVED 0.1  /* of a forecast: worth a line */
#define ORIGIN 1e6 /* microseconds: where a trace's time begins, and 0 is never */
#define HEADER "t_seconds,live,limit"
#define TOTALS ",opened,closed"
#define TOTAL_MAX 1e15
#define LINE_MAX_BYTES 4096
#define SECONDS_MAX 4e9 /* a trace of 120 years is none */

struct row {
	double t; /* seconds, as the trace tells them */
	uint32_t live;
	uint64_t limit;
	uint64_t opened, closed;
	bool totals_known;
};

struct backtest {
	const char *path;
	const struct alarm_thresholds *thresholds;
	FILE *out;
	struct forecast *forecast;
	struct row first, previous;
	double told_at, told_eta;
	enum process_state told;
	unsigned long line;
	bool totals;
};

/* One field; `rest` is what follows its comma, or "" at the end. */
static bool read_number(char *field, char **rest, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(field, &end);
	if (end == field || isnan(*value))
		return false;
	while (*end == ' ' || *end == '\t')
		end++;
	if (*end && *end != ',')
		return false;
	*rest = *end ? end + 1 : end;
	return true;
}

static bool read_row(char *line, struct row *row)
{
	char *rest = line;
	double live, limit;

	if (!read_number(rest, &rest, &row->t) || !isfinite(row->t))
		return false;
	if (!read_number(rest, &rest, &live) || live < 0 || live > UINT32_MAX)
		return false;
	if (!strncmp(rest, "unlimited", strlen("unlimited")))
		limit = INFINITY;
	else if (!read_number(rest, &rest, &limit) || limit < 0)
		return false;
	row->live = (uint32_t)live;
	row->limit = limit >= 0x1p63 ? LIMIT_INFINITY : (uint64_t)limit;
	return true;
}

/* The two columns behind the limit; empty where they were not known. */
static bool read_totals(const char *line, struct row *row)
{
	char *rest = strchr(strchr(strchr(line, ',') + 1, ',') + 1, ',');
	double opened, closed;

	if (!rest || rest[1] == ',')
		return true;
	if (!read_number(rest + 1, &rest, &opened) || !read_number(rest, &rest, &closed) ||
	    opened < 0 || opened > TOTAL_MAX || closed < 0 || closed > TOTAL_MAX)
		return false;
	row->opened = (uint64_t)opened;
	row->closed = (uint64_t)closed;
	row->totals_known = true;
	return true;
}

static void print_number(FILE *out, const char *name, double value)
{
	if (isfinite(value))
		fprintf(out, ",\"%s\":%.3f", name, value);
	else
		fprintf(out, ",\"%s\":null", name);
}

static void tell(struct backtest *b, const struct row *row, const struct forecast_eta *eta)
{
	enum process_state state = forecast_state(b->forecast);

	fprintf(b->out, "{\"t\":%.3f,\"state\":\"%s\",\"fds\":%u", row->t,
		process_state_name(state), row->live);
	if (row->limit == LIMIT_INFINITY)
		fputs(",\"limit\":null", b->out);
	else
		fprintf(b->out, ",\"limit\":%llu", (unsigned long long)row->limit);
	print_number(b->out, "eta_seconds", eta->eta);
	print_number(b->out, "eta_low_seconds", eta->low);
	print_number(b->out, "eta_high_seconds", eta->high);
	fputs("}\n", b->out);
	b->told = state;
	b->told_at = row->t;
	b->told_eta = eta->eta;
}

/* A forecast that only ran down with the clock has not moved. */
static bool has_moved(const struct backtest *b, const struct row *row, double eta)
{
	double expected = fmax(0, b->told_eta - (row->t - b->told_at));

	if (!isfinite(eta) || !isfinite(b->told_eta))
		return isfinite(eta) != isfinite(b->told_eta);
	return fabs(eta - expected) > MOVED * fmax(eta, 1);
}

static int take(struct backtest *b, const struct row *row, bool first, struct failure *failure)
{
	struct forecast_sample sample = {
		.t = (uint64_t)((row->t - b->first.t) * 1e6 + ORIGIN),
		.live = row->live,
		.limit = row->limit,
		.opened = row->opened,
		.closed = row->closed,
		.totals_known = row->totals_known,
	};
	double next = row->t + (row->t - b->previous.t); /* as far as one can tell */
	struct forecast_eta eta;

	if (forecast_add(b->forecast, &sample, b->thresholds) < 0)
		return fail(failure, -ENOMEM, "out of memory");
	eta = forecast_eta(b->forecast);
	if (first || forecast_state(b->forecast) != b->told || next - b->told_at > TELL_SECONDS ||
	    has_moved(b, row, eta.eta))
		tell(b, row, &eta);
	b->previous = *row;
	return 0;
}

static int take_line(struct backtest *b, char *line, struct failure *failure)
{
	bool first = b->line == 2;
	struct row row = {};

	line[strcspn(line, "\r\n")] = '\0';
	if (b->line == 1) {
		if (strncmp(line, HEADER, strlen(HEADER)))
			return fail(failure, -EINVAL,
				    "%s:1: a trace begins with the line t_seconds,live,limit",
				    b->path);
		b->totals = !strncmp(line + strlen(HEADER), TOTALS, strlen(TOTALS)) &&
			    strchr(",", line[strlen(HEADER) + strlen(TOTALS)]);
		return 0;
	}
	if (!read_row(line, &row))
		return fail(failure, -EINVAL,
			    "%s:%lu: not three numbers (seconds, descriptors, limit)", b->path,
			    b->line);
	if (b->totals && !read_totals(line, &row))
		return fail(failure, -EINVAL, "%s:%lu: opened and closed are not numbers", b->path,
			    b->line);
	if (first)
		b->first = b->previous = row;
	if (row.t < b->previous.t || row.t - b->first.t > SECONDS_MAX)
		return fail(failure, -EINVAL, "%s:%lu: time has to rise from line to line", b->path,
			    b->line);
	return take(b, &row, first, failure);
}

static int take_file(struct backtest *b, FILE *in, struct failure *failure)
{
	char line[LINE_MAX_BYTES];
	int r = 0;

	while (!r && fgets(line, sizeof(line), in)) {
		b->line++;
		if (!strchr(line, '\n') && !feof(in))
			return fail(failure, -EINVAL, "%s:%lu: the line is too long", b->path,
				    b->line);
		r = take_line(b, line, failure);
	}
	if (!r && ferror(in))
		return fail(failure, -EIO, "%s: cannot be read", b->path);
	if (!r && !b->line)
		return fail(failure, -EINVAL,
			    "%s is empty: a trace begins with the line t_seconds,live,limit",
			    b->path);
	return r;
}

int backtest(const char *path, const struct alarm_thresholds *thresholds, FILE *out,
	     struct failure *failure)
{
	struct backtest b = {.path = path, .thresholds = thresholds, .out = out};
	FILE *in = fopen(path, "re");
	int r;

	if (!in) {
		r = -errno;
		return fail(failure, r, "%s: %s", path, strerror(-r));
	}
	b.forecast = forecast_new();
	r = b.forecast ? take_file(&b, in, failure) : fail(failure, -ENOMEM, "out of memory");
	if (!r && fflush(out)) {
		r = -errno;
		fail(failure, r, "the result can't be written: %s", strerror(-r));
	}
	forecast_free(b.forecast);
	fclose(in);
	return r;
}
