// SPDX-License-Identifier: BSD-2-Clause
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_USUAL 80
#define WIDTH_MAX 10000

static size_t columns(const struct winsize *size)
{
	const char *text = getenv("COLUMNS");
	long told = text ? strtol(text, NULL, 10) : 0;

	if (size->ws_col > 0)
		return size->ws_col;
	return told > 0 && told <= WIDTH_MAX ? (size_t)told : WIDTH_USUAL;
}

struct terminal terminal_look(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *type = getenv("TERM");
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO))
		return (struct terminal){.width = TERMINAL_UNBOUNDED};
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){0};
	return (struct terminal){
		.width = columns(&size),
		.height = size.ws_row,
		.colour = !(no_colour && *no_colour) && type && strcmp(type, "dumb") != 0,
	};
}

const char *tone_begin(enum tone tone)
{
	switch (tone) {
	case TONE_WARNING:
		return "\033[33m";
	case TONE_CRITICAL:
		return "\033[31m";
	default:
		return "";
	}
}

const char *tone_end(enum tone tone)
{
	return tone == TONE_PLAIN ? "" : "\033[0m";
}
