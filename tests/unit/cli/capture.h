/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed, as a string. */
#ifndef TESTS_UNIT_CLI_CAPTURE_H
#define TESTS_UNIT_CLI_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>

struct capture {
	FILE *out;
	char *text;
	size_t length;
};

static inline FILE *capture_open(struct capture *capture)
{
	capture->out = open_memstream(&capture->text, &capture->length);
	if (!capture->out)
		abort();
	return capture->out;
}

/* The caller frees it. */
static inline char *capture_close(struct capture *capture)
{
	fclose(capture->out);
	return capture->text;
}

#endif
