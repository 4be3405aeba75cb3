/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people, line by line; whatever stands in it is made safe on the way out. */
#ifndef FDWATCH_REPORT_H
#define FDWATCH_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "table.h"

struct report {
	FILE *out;
	bool colour;
	bool failed; /* memory ran out, or a line could not be written */
};

/* A report on standard output, or on standard error, as that can show it. */
struct report report_begin(FILE *out);

/* One line, indented by so many columns. */
void report_line(struct report *report, enum tone tone, unsigned int indent, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

/* Returns an exit status; the user is told. */
int report_end(const struct report *report);

#endif
