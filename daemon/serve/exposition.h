/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Metrics as text, in Prometheus's classic format (version 0.0.4) or OpenMetrics 1.0.0. A family is
 * begun, then its samples follow. Both are described at
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://openmetrics.io.
 */
#ifndef FDWATCH_SERVE_EXPOSITION_H
#define FDWATCH_SERVE_EXPOSITION_H

#include <stdbool.h>
#include <stdio.h>

enum exposition_format { EXPOSITION_CLASSIC, EXPOSITION_OPENMETRICS, EXPOSITION_FORMATS };

enum exposition_type {
	EXPOSITION_GAUGE,
	EXPOSITION_COUNTER, /* its samples' names end in _total */
	EXPOSITION_INFO,    /* in _info */
};

struct exposition {
	FILE *out; /* whose errors the caller looks at when all is written */
	enum exposition_format format;
	const char *name; /* of the family begun last, as its samples are called */
	bool labelled;    /* the sample under way has a label */
};

const char *exposition_content_type(enum exposition_format format);

/* What a client's Accept header asks for; NULL: it has none. */
enum exposition_format exposition_accepted(const char *accept);

/*
 * Begins a family. `name` is that of its samples, suffix included; `unit` the part of the name that
 * tells it, NULL for none. All three are plain literals.
 */
void exposition_begin(struct exposition *exposition, const char *name, enum exposition_type type,
		      const char *unit, const char *help);

/*
 * One sample: open, its labels, its value. Keys are plain literals; a label's value may be any
 * bytes: what is no UTF-8 becomes the text \xNN, since readers refuse all that is beside it.
 */
void exposition_open(struct exposition *exposition);
void exposition_label(struct exposition *exposition, const char *key, const char *value);
void exposition_value(struct exposition *exposition, double value);
void exposition_count(struct exposition *exposition, unsigned long long value);

/* What has to stand at the end of all. */
void exposition_end(struct exposition *exposition);

#endif
