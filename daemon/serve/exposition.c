// SPDX-License-Identifier: BSD-2-Clause
#include "serve/exposition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/text.h"

#define CLASSIC_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

const char *exposition_content_type(enum exposition_format format)
{
	return format == EXPOSITION_OPENMETRICS ? OPENMETRICS_TYPE : CLASSIC_TYPE;
}

/* The weight of one choice of an Accept header, whose parameters begin at `parameters`. */
static double weight_of(const char *parameters, size_t length)
{
	for (size_t i = 0; i + 2 < length; i++) {
		if ((parameters[i] == ';' || parameters[i] == ' ') && parameters[i + 1] == 'q' &&
		    parameters[i + 2] == '=')
			return strtod(parameters + i + 3, NULL);
	}
	return 1;
}

enum exposition_format exposition_accepted(const char *accept)
{
	double classic = 0, openmetrics = 0;

	while (accept && *accept) {
		size_t length, type;

		accept += strspn(accept, " \t");
		length = strcspn(accept, ",");
		type = strcspn(accept, ";, \t");
		if (type == strlen("application/openmetrics-text") &&
		    !strncasecmp(accept, "application/openmetrics-text", type))
			openmetrics = fmax(openmetrics, weight_of(accept + type, length - type));
		else if ((type == strlen("text/plain") &&
			  !strncasecmp(accept, "text/plain", type)) ||
			 (type == strlen("*/*") && !strncmp(accept, "*/*", type)))
			classic = fmax(classic, weight_of(accept + type, length - type));
		accept += length;
		accept += *accept == ',';
	}
	return openmetrics > classic ? EXPOSITION_OPENMETRICS : EXPOSITION_CLASSIC;
}

/* OpenMetrics names a family without its samples' suffix. */
static int family_length(const struct exposition *e, enum exposition_type type)
{
	size_t suffix = type == EXPOSITION_COUNTER ? strlen("_total")
			: type == EXPOSITION_INFO  ? strlen("_info")
						   : 0;

	if (e->format == EXPOSITION_CLASSIC)
		suffix = 0;
	return (int)(strlen(e->name) - suffix);
}

void exposition_begin(struct exposition *e, const char *name, enum exposition_type type,
		      const char *unit, const char *help)
{
	static const char *const names[] = {
		[EXPOSITION_GAUGE] = "gauge",
		[EXPOSITION_COUNTER] = "counter",
		[EXPOSITION_INFO] = "info",
	};
	bool classic = e->format == EXPOSITION_CLASSIC;
	int length;

	e->name = name;
	length = family_length(e, type);
	fprintf(e->out, "# HELP %.*s %s\n", length, name, help);
	fprintf(e->out, "# TYPE %.*s %s\n", length, name,
		names[classic && type == EXPOSITION_INFO ? EXPOSITION_GAUGE : type]);
	if (unit && !classic)
		fprintf(e->out, "# UNIT %.*s %s\n", length, name, unit);
}

void exposition_open(struct exposition *e)
{
	fputs(e->name, e->out);
	e->labelled = false;
}

static void put_character(FILE *out, const char *text, size_t size)
{
	switch (*text) {
	case '\\':
		fputs("\\\\", out);
		break;
	case '"':
		fputs("\\\"", out);
		break;
	case '\n':
		fputs("\\n", out);
		break;
	default:
		fwrite(text, 1, size, out);
	}
}

void exposition_label(struct exposition *e, const char *key, const char *value)
{
	size_t length = strlen(value);

	fprintf(e->out, "%c%s=\"", e->labelled ? ',' : '{', key);
	e->labelled = true;
	for (size_t at = 0; at < length;) {
		size_t size = text_character(value + at, length - at);

		if (size)
			put_character(e->out, value + at, size);
		else
			fprintf(e->out, "\\\\x%02x", (unsigned char)value[at]);
		at += size ? size : 1;
	}
	fputc('"', e->out);
}

static void end_labels(struct exposition *e)
{
	fputs(e->labelled ? "} " : " ", e->out);
}

void exposition_value(struct exposition *e, double value)
{
	end_labels(e);
	if (isnan(value))
		fputs("NaN\n", e->out);
	else if (isinf(value))
		fputs(value > 0 ? "+Inf\n" : "-Inf\n", e->out);
	else
		fprintf(e->out, "%.12g\n", value);
}

void exposition_count(struct exposition *e, unsigned long long value)
{
	end_labels(e);
	fprintf(e->out, "%llu\n", value);
}

void exposition_end(struct exposition *e)
{
	if (e->format == EXPOSITION_OPENMETRICS)
		fputs("# EOF\n", e->out);
}
