// SPDX-License-Identifier: BSD-2-Clause
/* Answers are hostile as well: whoever breaks the resolving process writes them. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "resolve/questions.h"

#define SYMBOLS_MAX (RESOLVER_PCS_MAX * RESOLVER_INLINED_MAX)
#define TEXTS_MAX (WIRE_MAX + SYMBOLS_MAX * (2 * BUILD_ID_MAX + 3))

static void deliver_unwound(const struct resolver_handlers *h, uint64_t id, int error,
			    const uint8_t *body, size_t size)
{
	struct unwound unwound;

	if (!error && (size != sizeof(unwound) || body[offsetof(struct unwound, complete)] > 1))
		error = -EIO;
	if (!error) {
		memcpy(&unwound, body, sizeof(unwound));
		if (unwound.count > UNWIND_FRAMES_MAX)
			error = -EIO;
	}
	for (uint32_t i = 0; !error && i < unwound.count; i++)
		if (unwound.frames[i].rule.cfa > UNWIND_CFA_BP_AT ||
		    unwound.frames[i].rule.bp > UNWIND_BP_AT)
			error = -EIO;
	h->unwound(id, error, error ? NULL : &unwound, h->data);
}

static void deliver_layout(const struct resolver_handlers *h, uint64_t id, int error,
			   const uint8_t *body, size_t size)
{
	struct python_layout layout;

	if (!error &&
	    (size != sizeof(layout) || body[offsetof(struct python_layout, tss_known)] > 1))
		error = -EIO;
	if (!error)
		memcpy(&layout, body, sizeof(layout));
	h->python_found(id, error, error ? NULL : &layout, h->data);
}

static void deliver_line(const struct resolver_handlers *h, uint64_t id, int error,
			 const uint8_t *body, size_t size)
{
	uint32_t line = 0;

	if (!error && size != sizeof(line))
		error = -EIO;
	if (!error)
		memcpy(&line, body, sizeof(line));
	h->python_line(id, error, line, h->data);
}

struct reader {
	const uint8_t *at, *end;
	char texts[TEXTS_MAX];
	size_t used;
	struct symbol symbols[SYMBOLS_MAX];
	size_t count;
};

static const char *read_text(struct reader *r, size_t size)
{
	char *text = r->texts + r->used;

	if (size > (size_t)(r->end - r->at) || size >= sizeof(r->texts) - r->used)
		return NULL;
	memcpy(text, r->at, size);
	text[size] = '\0';
	r->at += size;
	r->used += size + 1;
	return text;
}

static const char *read_build_id(struct reader *r, size_t size)
{
	char *text = r->texts + r->used;

	if (size > BUILD_ID_MAX || size > (size_t)(r->end - r->at) ||
	    2 * size >= sizeof(r->texts) - r->used)
		return NULL;
	*text = '\0';
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", r->at[i]);
	r->at += size;
	r->used += 2 * size + 1;
	return text;
}

/* The module's path is known here and not there. */
static const char *module_at(const struct book_space *space, uint64_t address)
{
	const struct maps_line *line = space ? maps_find(&space->maps, address) : NULL;

	return line ? maps_name(&space->maps, line) : "";
}

static bool read_symbol(struct reader *r, const struct book_space *space,
			const struct wire_symbolize *question)
{
	struct symbol *symbol = &r->symbols[r->count];
	struct wire_symbol wire;

	if (r->count == SYMBOLS_MAX || (size_t)(r->end - r->at) < sizeof(wire))
		return false;
	memcpy(&wire, r->at, sizeof(wire));
	r->at += sizeof(wire);
	if (wire.index >= question->count || wire.kind > MODULE_OTHER)
		return false;
	*symbol = (struct symbol){
		.index = wire.index,
		.kind = (enum module_kind)wire.kind,
		.inlined = wire.inlined != 0,
		.line = wire.line,
		.function = read_text(r, wire.function_size),
		.file = read_text(r, wire.file_size),
		.build_id = read_build_id(r, wire.build_id_size),
		.module_offset = wire.module_offset,
		.module = module_at(space,
				    question->pcs[wire.index] - !(question->exact && !wire.index)),
	};
	r->count++;
	return symbol->function && symbol->file && symbol->build_id;
}

static void deliver_symbols(struct resolver *r, const struct question *q, int error,
			    const uint8_t *body, size_t size)
{
	static struct reader reader; /* of the one event loop: too large for a stack */
	struct book_space *space = books_find(&r->books, q->process);
	struct wire_symbolize question;
	struct symbolized symbols;

	memcpy(&question, q->body, sizeof(question));
	reader.used = reader.count = 0;
	reader.at = body;
	reader.end = body ? body + size : body;
	while (!error && reader.at < reader.end)
		if (!read_symbol(&reader, space, &question))
			error = -EIO;
	symbols = (struct symbolized){reader.count, reader.symbols};
	r->handlers.symbolized(q->id, error, error ? NULL : &symbols, r->handlers.data);
}

void answer_deliver(struct resolver *r, const struct question *q, int error, const void *body,
		    size_t size)
{
	const struct resolver_handlers *h = &r->handlers;

	switch (q->type) {
	case QUESTION_PREPARE:
		h->prepared(q->id, error, h->data);
		break;
	case WIRE_UNWIND:
		deliver_unwound(h, q->id, error, body, size);
		break;
	case WIRE_SYMBOLIZE:
		deliver_symbols(r, q, error, body, size);
		break;
	case WIRE_PYTHON:
		deliver_layout(h, q->id, error, body, size);
		break;
	case WIRE_LINE:
		deliver_line(h, q->id, error, body, size);
		break;
	}
}
