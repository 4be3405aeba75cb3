// SPDX-License-Identifier: BSD-2-Clause
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "model/text.h"

#define LINE_SIZE 4096

void log_line(const char *level, const char *format, ...)
{
	char line[LINE_SIZE], shown[LINE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_spell(shown, sizeof(shown), line);
	fprintf(stderr, "%sfdwatchd: %s\n", isatty(STDERR_FILENO) ? "" : level, shown);
}
