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

static void put(struct report *report, enum tone tone, unsigned int indent, const char *raw)
{
	size_t length = strlen(raw);
	char *text = calloc(length + 1, SAFE_EXPANSION);
	size_t used;

	if (!text) {
		report->failed = true;
		return;
	}
	if (!report->colour)
		tone = TONE_PLAIN;
	used = safe_write(text, raw, length);
	fprintf(report->out, "%*s%s%.*s%s\n", (int)indent, "", tone_begin(tone), (int)used, text,
		tone_end(tone));
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
