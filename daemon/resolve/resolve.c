// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "clock.h"
#include "resolve/questions.h"

#define BYTES_MAX (16 * 1024 * 1024) /* of all open questions */

/* Once a turn of the loop, not at once: a handler never runs inside of a question. */
static int on_turn(sd_event_source *source, void *data)
{
	(void)source;
	questions_pump(data);
	return 0;
}

static int add_sources(struct resolver *r)
{
	int e = sd_event_add_time_relative(r->loop, &r->timer, CLOCK_MONOTONIC, RESOLVER_TIMER_USEC,
					   0, questions_timer, r);

	if (e >= 0)
		e = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	if (e >= 0)
		e = sd_event_add_defer(r->loop, &r->turn, on_turn, r);
	if (e >= 0)
		e = sd_event_source_set_enabled(r->turn, SD_EVENT_OFF);
	return e < 0 ? e : questions_start_gather(r);
}

int resolver_new(struct resolver **resolver, sd_event *loop, const char *proc, const char *program,
		 const struct resolver_handlers *handlers)
{
	struct resolver *r = calloc(1, sizeof(*r));
	struct link_handlers link = {questions_received, questions_ended, r};
	int e;

	if (!r)
		return -ENOMEM;
	r->loop = sd_event_ref(loop);
	r->handlers = *handlers;
	r->proc = strdup(proc);
	e = r->proc ? link_new(&r->link, loop, program, &link) : -ENOMEM;
	if (!e)
		e = add_sources(r);
	if (!e)
		e = link_start(r->link);
	if (e) {
		resolver_free(r);
		return e;
	}
	r->started_at[0] = clock_usec(CLOCK_MONOTONIC);
	r->status.starts = 1;
	*resolver = r;
	return 0;
}

void resolver_free(struct resolver *r)
{
	struct question *q, *next;

	if (!r)
		return;
	sd_event_source_disable_unref(r->turn);
	sd_event_source_disable_unref(r->timer);
	sd_event_source_disable_unref(r->gather_source);
	gather_free(r->gather, true);
	link_free(r->link);
	DL_FOREACH_SAFE(r->questions, q, next)
	{
		free(q->need);
		free(q->body);
		free(q);
	}
	books_drop(&r->books);
	sd_event_unref(r->loop);
	free(r->proc);
	free(r);
}

/* The two parts of a body, one behind the other. */
static uint8_t *join(const void *head, size_t head_size, const void *rest, size_t rest_size)
{
	uint8_t *body = malloc(head_size + rest_size + 1);

	if (!body)
		return NULL;
	if (head_size)
		memcpy(body, head, head_size);
	if (rest_size)
		memcpy(body + head_size, rest, rest_size);
	return body;
}

static int ask(struct resolver *r, uint64_t id, uint32_t type, struct resolver_process process,
	       const void *head, size_t head_size, const void *rest, size_t rest_size)
{
	size_t size = head_size + rest_size;
	struct book_space *space = NULL;
	struct question *q;

	if (process.pid < 0 || size > WIRE_MAX - sizeof(struct wire_head))
		return -EINVAL;
	if (r->status.open == RESOLVER_OPEN_MAX || r->bytes + size > BYTES_MAX)
		return -EAGAIN;
	if (process.pid) {
		space = books_space(&r->books, process);
		if (!space)
			return -EAGAIN;
	}
	q = calloc(1, sizeof(*q));
	if (q)
		q->body = join(head, head_size, rest, rest_size);
	if (!q || !q->body) {
		free(q);
		return -ENOMEM;
	}
	q->id = id;
	q->ticket = ++r->tickets;
	q->type = type;
	q->process = process;
	q->taken = clock_usec(CLOCK_MONOTONIC);
	q->size = size;
	if (space)
		space->open++;
	r->bytes += size;
	r->status.open++;
	DL_APPEND(r->questions, q);
	sd_event_source_set_enabled(r->turn, SD_EVENT_ONESHOT);
	return 0;
}

int resolver_prepare(struct resolver *r, uint64_t id, struct resolver_process process)
{
	return process.pid ? ask(r, id, QUESTION_PREPARE, process, NULL, 0, NULL, 0) : -EINVAL;
}

int resolver_unwind(struct resolver *r, uint64_t id, struct resolver_process process,
		    const struct unwind_registers *registers, const void *stack, size_t size)
{
	if (!process.pid || size > UNWIND_STACK_MAX)
		return -EINVAL;
	return ask(r, id, WIRE_UNWIND, process, registers, sizeof(*registers), stack, size);
}

int resolver_symbolize(struct resolver *r, uint64_t id, struct resolver_process process,
		       const uint64_t *pcs, size_t count, bool exact)
{
	struct wire_symbolize question = {.exact = exact, .count = (uint32_t)count};

	if (!process.pid || count > RESOLVER_PCS_MAX)
		return -EINVAL;
	if (count)
		memcpy(question.pcs, pcs, count * sizeof(*pcs));
	return ask(r, id, WIRE_SYMBOLIZE, process, &question, sizeof(question), NULL, 0);
}

int resolver_find_python(struct resolver *r, uint64_t id, struct resolver_process process)
{
	return process.pid ? ask(r, id, WIRE_PYTHON, process, NULL, 0, NULL, 0) : -EINVAL;
}

int resolver_python_line(struct resolver *r, uint64_t id, enum python_lines kind,
			 int32_t first_line, const void *table, size_t size, uint32_t offset)
{
	struct wire_line question = {kind, first_line, offset, (uint32_t)size};

	if (size > RESOLVER_LINE_TABLE_MAX)
		return -EINVAL;
	return ask(r, id, WIRE_LINE, (struct resolver_process){}, &question, sizeof(question),
		   table, size);
}

void resolver_forget(struct resolver *r, struct resolver_process process)
{
	struct book_space *space = books_find(&r->books, process);
	struct wire_head head = {.type = WIRE_FORGET};

	if (!space)
		return;
	space->looked_at = 0;
	if (space->open || space->banned_until > clock_usec(CLOCK_MONOTONIC))
		return;
	head.slot = books_slot(&r->books, space);
	if (link_pid(r->link))
		link_send(r->link, &head, NULL, 0, -1);
	books_forget(&r->books, space);
}

void resolver_status(const struct resolver *r, struct resolver_status *status)
{
	*status = r->status;
	status->pid = link_pid(r->link);
}
