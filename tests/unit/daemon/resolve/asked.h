/* SPDX-License-Identifier: BSD-2-Clause */
/* A resolver on a loop of its own, and its answers one at a time. */
#ifndef TESTS_UNIT_DAEMON_RESOLVE_ASKED_H
#define TESTS_UNIT_DAEMON_RESOLVE_ASKED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "clock.h"
#include "resolve/resolve.h"

#include "check.h"

#define ASKED_USEC 30000000 /* a deadline for a slow and sanitized machine */
#define ASKED_SYMBOLS 256
#define ASKED_TEXT 256

struct asked_symbol {
	uint32_t index, line;
	enum module_kind kind;
	bool inlined;
	uint64_t module_offset;
	char function[ASKED_TEXT], file[ASKED_TEXT], module[ASKED_TEXT], build_id[ASKED_TEXT];
};

struct asked {
	sd_event *loop;
	struct resolver *resolver;
	unsigned int answers;
	uint64_t id;
	int error;
	struct unwound unwound;
	size_t symbol_count;
	struct asked_symbol symbols[ASKED_SYMBOLS];
	struct python_layout layout;
	uint32_t line;
	char log[1024]; /* the last line */
};

static inline void asked_answer(struct asked *a, uint64_t id, int error)
{
	a->answers++;
	a->id = id;
	a->error = error;
}

static inline void asked_unwound(uint64_t id, int error, const struct unwound *u, void *data)
{
	struct asked *a = data;

	asked_answer(a, id, error);
	if (!error)
		a->unwound = *u;
}

static inline void asked_symbolized(uint64_t id, int error, const struct symbolized *s, void *data)
{
	struct asked *a = data;

	asked_answer(a, id, error);
	a->symbol_count = error ? 0 : s->count;
	for (size_t i = 0; i < a->symbol_count; i++) {
		const struct symbol *from = &s->symbols[i];
		struct asked_symbol *to = &a->symbols[i];

		*to = (struct asked_symbol){.index = from->index,
					    .line = from->line,
					    .kind = from->kind,
					    .inlined = from->inlined,
					    .module_offset = from->module_offset};
		snprintf(to->function, ASKED_TEXT, "%s", from->function);
		snprintf(to->file, ASKED_TEXT, "%s", from->file);
		snprintf(to->module, ASKED_TEXT, "%s", from->module);
		snprintf(to->build_id, ASKED_TEXT, "%s", from->build_id);
	}
}

static inline void asked_python(uint64_t id, int error, const struct python_layout *layout,
				void *data)
{
	struct asked *a = data;

	asked_answer(a, id, error);
	if (!error)
		a->layout = *layout;
}

static inline void asked_line(uint64_t id, int error, uint32_t line, void *data)
{
	struct asked *a = data;

	asked_answer(a, id, error);
	a->line = line;
}

static inline void asked_prepared(uint64_t id, int error, void *data)
{
	asked_answer(data, id, error);
}

static inline void asked_log(const char *line, void *data)
{
	struct asked *a = data;

	snprintf(a->log, sizeof(a->log), "%s", line);
}

static inline struct asked *asked_new_at(const char *proc, const char *program)
{
	struct asked *a = calloc(1, sizeof(*a));
	struct resolver_handlers handlers = {asked_unwound,
					     asked_symbolized,
					     asked_python,
					     asked_line,
					     asked_prepared,
					     asked_log,
					     a};

	assert_non_null(a);
	assert_true(sd_event_new(&a->loop) >= 0);
	assert_int_equal(resolver_new(&a->resolver, a->loop, proc, program, &handlers), 0);
	return a;
}

static inline struct asked *asked_new(const char *program)
{
	return asked_new_at("/proc", program);
}

static inline void asked_free(struct asked *a)
{
	resolver_free(a->resolver);
	sd_event_unref(a->loop);
	free(a);
}

/* Until so many answers more have come; false when they don't. */
static inline bool asked_wait(struct asked *a, unsigned int more)
{
	uint64_t until = clock_usec(CLOCK_MONOTONIC) + ASKED_USEC;
	unsigned int wanted = a->answers + more;

	while (a->answers < wanted && clock_usec(CLOCK_MONOTONIC) < until)
		if (sd_event_run(a->loop, 100000) < 0)
			return false;
	return a->answers >= wanted;
}

static inline struct resolver_status asked_status(struct asked *a)
{
	struct resolver_status status;

	resolver_status(a->resolver, &status);
	return status;
}

#endif
