// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "safe.h"
#include "terminal.h"

struct report report_begin(FILE *out)
{
	struct terminal terminal = terminal_look();

	return (struct report){
		.out = out,
		.colour = terminal.colour && isatty(fileno(out)),
	};
}

static const char *begin_of(enum tone tone)
{
	switch (tone) {
	case TONE_WARNING:
		return "\033[33m";
	case TONE_CRITICAL:
		return "\033[31m";
	default:
		return NULL;
	}
}

static void put(struct report *report, enum tone tone, unsigned int indent, const char *raw)
{
	size_t length = strlen(raw);
	char *text = calloc(length + 1, SAFE_EXPANSION);
	const char *begin = report->colour ? begin_of(tone) : NULL;
	size_t used;

	if (!text) {
		report->failed = true;
		return;
	}
	used = safe_write(text, raw, length);
	fprintf(report->out, "%*s%s%.*s%s\n", (int)indent, "", begin ? begin : "", (int)used, text,
		begin ? "\033[0m" : "");
	free(text);
}

void report_line(struct report *report, enum tone tone, unsigned int indent, const char *format,
		 ...)
{
	char *raw = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&raw, format, arguments);
	va_end(arguments);
	if (length < 0) {
		report->failed = true;
		return;
	}
	put(report, tone, indent, raw);
	free(raw);
}

int report_end(const struct report *report)
{
	if (!report->failed)
		return EXIT_DONE;
	complain("out of memory");
	return EXIT_FAILED;
}
