/* SPDX-License-Identifier: BSD-2-Clause */
/* What standard output is able to show. */
#ifndef FDWATCH_TERMINAL_H
#define FDWATCH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_UNBOUNDED ((size_t)-1)

enum tone {
	TONE_PLAIN,
	TONE_WARNING,
	TONE_CRITICAL,
};

struct terminal {
	size_t width;  /* columns; TERMINAL_UNBOUNDED where it is no terminal */
	size_t height; /* lines; 0: not known */
	bool colour;
};

struct terminal terminal_look(void);

/* What begins a text of this tone, and what ends it; "" where it is plain. */
const char *tone_begin(enum tone tone);
const char *tone_end(enum tone tone);

#endif
