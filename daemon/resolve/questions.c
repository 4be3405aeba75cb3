// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/questions.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "cleanup.h"
#include "clock.h"
#include "resolve/breakage.h"

#define FRESH_USEC 100000       /* mappings looked at so lately are taken as they are */
#define ANSWER_CPU_USEC 2000000 /* the resolving process may take so much for a question, */
#define ANSWER_USEC 5000000     /* and so long: it may have to wait for a disk */
#define GATHER_USEC 4000000     /* the thread's for one job */
#define WINDOW 8                /* questions sent at a time */
#define ROUNDS_MAX (2 * UNWIND_FRAMES_MAX) /* two debug files for each of the modules */

void question_finish(struct resolver *r, struct question *q, int error, const void *body,
		     size_t size)
{
	struct book_space *space = q->process.pid ? books_find(&r->books, q->process) : NULL;

	DL_DELETE(r->questions, q);
	if (q->state == QUESTION_SENT)
		r->in_flight--;
	if (space)
		space->open--;
	r->bytes -= q->size;
	r->status.open--;
	r->status.answered++;
	r->status.failed += error != 0;
	answer_deliver(r, q, error, body, size);
	free(q->need);
	free(q->body);
	free(q);
}

static bool is_about(const struct question *q, struct resolver_process process)
{
	return q->process.pid == process.pid && q->process.start_time == process.start_time;
}

static struct question *find(const struct resolver *r, uint64_t ticket)
{
	struct question *q;

	DL_FOREACH(r->questions, q)
	if (q->ticket == ticket)
		return q;
	return NULL;
}

/* The one that the resolving process is at: it answers in the order of sending. */
static struct question *head_of(const struct resolver *r)
{
	struct question *q, *head = NULL;

	DL_FOREACH(r->questions, q)
	if (q->state == QUESTION_SENT && (!head || q->sent < head->sent))
		head = q;
	return head;
}

/* Processor time that the resolving process has taken. */
static uint64_t cpu_usec(const struct resolver *r)
{
	clockid_t clock;

	return link_pid(r->link) && !clock_getcpuclockid(link_pid(r->link), &clock)
		       ? clock_usec(clock)
		       : 0;
}

static void begin_head(struct resolver *r)
{
	r->head_since = clock_usec(CLOCK_MONOTONIC);
	r->head_cpu = cpu_usec(r);
}

static void send_question(struct resolver *r, struct question *q)
{
	struct book_space *space = q->process.pid ? books_find(&r->books, q->process) : NULL;
	struct wire_head head = {.type = q->type, .id = q->ticket};

	if (q->process.pid && (!space || !space->told)) {
		q->state = QUESTION_WAITS_MAPS;
		return;
	}
	head.slot = space ? books_slot(&r->books, space) : 0;
	if (link_send(r->link, &head, q->body, q->size, -1)) {
		question_finish(r, q, -ENOMEM, NULL, 0);
		return;
	}
	q->state = QUESTION_SENT;
	q->sent = ++r->sent;
	if (!r->in_flight++)
		begin_head(r);
}

/* One question on its way, as far as it goes now. */
static void advance(struct resolver *r, struct question *q, uint64_t now)
{
	struct book_space *space = q->process.pid ? books_find(&r->books, q->process) : NULL;

	if (space && space->banned_until > now) {
		question_finish(r, q, -EBUSY, NULL, 0);
		return;
	}
	if (q->state == QUESTION_WAITS_MAPS &&
	    (!q->process.pid || (space && space->told && now - space->looked_at < FRESH_USEC)))
		q->state = QUESTION_READY;
	if (q->state != QUESTION_READY)
		return;
	if (q->type == QUESTION_PREPARE)
		question_finish(r, q, 0, NULL, 0);
	else if (r->in_flight < WINDOW)
		send_question(r, q);
}

static const char *module_of(const struct book_space *space, uint32_t slot)
{
	for (size_t i = 0; i < space->maps.count; i++)
		if (space->files[i] == slot)
			return maps_name(&space->maps, &space->maps.lines[i]);
	return "";
}

static void start_job(struct resolver *r, struct question *q, struct book_space *space)
{
	struct gather_job job = {.kind = GATHER_MAPS, .process = q->process};

	if (q->state == QUESTION_WAITS_MAPS) {
		job.known_hash = space->told ? space->maps.hash : 0;
		job.known_perf_map = space->perf_map;
	} else {
		const char *module = module_of(space, q->need_slot);
		size_t length = strnlen(module, sizeof(job.module) - 1);

		job.kind = q->need->kind == WIRE_MEMORY ? GATHER_MEMORY : GATHER_DEBUG;
		job.need = *q->need;
		memcpy(job.module, module, length);
	}
	r->gathering = (struct gathering){.busy = true,
					  .since = clock_usec(CLOCK_MONOTONIC),
					  .kind = job.kind,
					  .process = q->process,
					  .ticket = q->ticket};
	gather_start(r->gather, &job);
}

static void gather_next(struct resolver *r)
{
	struct question *q;

	if (r->gathering.busy || (!r->gather && questions_start_gather(r)))
		return;
	DL_FOREACH(r->questions, q)
	{
		struct book_space *space;

		if (q->state != QUESTION_WAITS_MAPS && q->state != QUESTION_WAITS_FETCH)
			continue;
		space = books_find(&r->books, q->process);
		if (!space)
			continue;
		start_job(r, q, space);
		return;
	}
}

void questions_pump(struct resolver *r)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC);
	struct question *q, *next;
	int error = 0;

	if (r->questions && !link_pid(r->link))
		error = breakage_start(r, now);
	DL_FOREACH_SAFE(r->questions, q, next)
	{
		if (error)
			question_finish(r, q, error, NULL, 0);
		else
			advance(r, q, now);
	}
	if (!error)
		gather_next(r);
	sd_event_source_set_enabled(r->timer, r->questions ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* Something is needed first. A file's slot may have been given to another meanwhile. */
static void take_need(struct resolver *r, struct question *q, uint32_t slot, const void *body,
		      size_t size)
{
	struct wire_need *need = q->need ? q->need : malloc(sizeof(*need));

	if (!need || size != sizeof(*need) || slot >= WIRE_FILES || ++q->rounds > ROUNDS_MAX ||
	    !q->process.pid) {
		if (!q->need)
			free(need);
		question_finish(r, q, need ? -EIO : -ENOMEM, NULL, 0);
		return;
	}
	memcpy(need, body, sizeof(*need));
	need->name[sizeof(need->name) - 1] = '\0';
	q->need = need;
	q->need_slot = slot;
	q->need_serial = r->books.files[slot].serial;
	q->state = QUESTION_WAITS_FETCH;
	r->in_flight--;
}

static bool knows_all(const struct book_space *space, const struct question *q)
{
	struct wire_symbolize question;

	memcpy(&question, q->body, sizeof(question));
	for (uint32_t i = 0; i < question.count; i++)
		if (!maps_find(&space->maps, question.pcs[i] - !(question.exact && !i)))
			return false;
	return true;
}

/* What is missing may have been mapped since the last look: then one that is made now decides. */
static bool look_again(struct resolver *r, struct question *q, const struct wire_message *answer,
		       size_t size)
{
	struct book_space *space = q->process.pid ? books_find(&r->books, q->process) : NULL;
	bool missing = false;

	if (!space || space->looked_at >= q->taken || q->looked_again)
		return false;
	if (q->type == WIRE_UNWIND)
		missing = size == sizeof(struct unwound) &&
			  !answer->body[offsetof(struct unwound, complete)];
	else if (q->type == WIRE_SYMBOLIZE)
		missing = !knows_all(space, q);
	else if (q->type == WIRE_PYTHON)
		missing = answer->head.error == -ENOENT;
	if (!missing)
		return false;
	q->looked_again = true;
	q->state = QUESTION_WAITS_MAPS;
	space->looked_at = 0;
	r->in_flight--;
	return true;
}

void questions_received(const struct wire_message *message, size_t size, void *data)
{
	struct resolver *r = data;
	struct question *head = head_of(r);

	if (message->head.type == WIRE_HELLO) {
		r->greeted = true;
		return;
	}
	if (!head || message->head.id != head->ticket ||
	    (message->head.type != WIRE_ANSWER && message->head.type != WIRE_NEED)) {
		link_kill(r->link); /* whoever says that is not our program any more */
		return;
	}
	begin_head(r);
	if (message->head.type == WIRE_NEED)
		take_need(r, head, message->head.slot, message->body, size);
	else if (!look_again(r, head, message, size))
		question_finish(r, head, message->head.error,
				message->head.error ? NULL : message->body, size);
	questions_pump(r);
}

void questions_ended(int status, void *data)
{
	struct resolver *r = data;
	struct question *head = head_of(r), *q;

	books_lost(&r->books);
	DL_FOREACH(r->questions, q)
	if (q != head)
		q->state = QUESTION_WAITS_MAPS;
	breakage_ended(r, status, head);
	if (head)
		head->state = QUESTION_WAITS_MAPS;
	r->in_flight = 0;
	r->overdue = r->greeted = false;
	if (head && !breakage_is_clean(status))
		question_finish(r, head, -EIO, NULL, 0);
	questions_pump(r);
}

static void take_maps(struct resolver *r, struct gathered *g)
{
	struct book_space *space = books_find(&r->books, r->gathering.process);
	int error = g ? g->error : -ENOMEM;
	struct question *q, *next;

	if (!space)
		return;
	if (!error && link_pid(r->link))
		error = books_take(&r->books, space, g, r->link);
	if (error == -ESTALE || !link_pid(r->link))
		return; /* gathered again */
	if (!error)
		space->looked_at = clock_usec(CLOCK_MONOTONIC);
	DL_FOREACH_SAFE(r->questions, q, next)
	{
		if (q->state != QUESTION_WAITS_MAPS || !is_about(q, r->gathering.process))
			continue;
		/* Of a process that has ended there may be enough from before. */
		if (error && !(error == -ESRCH && space->told))
			question_finish(r, q, error, NULL, 0);
		else
			q->state = QUESTION_READY;
	}
}

static int put_memory(struct question *q, const struct book_space *space, const struct gathered *g)
{
	const char *module = module_of(space, q->need_slot), *slash = strrchr(module, '/');
	struct wire_memory head = {.pieces = {q->need->pieces[0], q->need->pieces[1]}};
	size_t size = sizeof(head) + g->memory_size;
	uint8_t *body = malloc(size);

	if (!body)
		return -ENOMEM;
	module = slash ? slash + 1 : module;
	memcpy(head.name, module, strnlen(module, sizeof(head.name) - 1));
	memcpy(body, &head, sizeof(head));
	memcpy(body + sizeof(head), g->memory, g->memory_size);
	free(q->body);
	q->body = body;
	return (int)size;
}

/* A debug file, or that there is none. */
static void tell_debug(struct resolver *r, const struct question *q, struct gathered *g)
{
	struct wire_head head = {.type = WIRE_DEBUG, .slot = q->need_slot};
	struct wire_debug body = {.kind = q->need->kind};

	if (r->books.files[q->need_slot].serial == q->need_serial)
		link_send(r->link, &head, &body, sizeof(body), g ? TAKE_FD(g->debug_file) : -1);
}

static void take_fetched(struct resolver *r, struct gathered *g)
{
	struct question *q = find(r, r->gathering.ticket);
	struct book_space *space = q ? books_find(&r->books, q->process) : NULL;
	int size;

	if (!space || q->state != QUESTION_WAITS_FETCH)
		return;
	q->state = QUESTION_READY;
	if (r->gathering.kind == GATHER_DEBUG) {
		tell_debug(r, q, g);
		return;
	}
	size = g && !g->error ? put_memory(q, space, g) : g ? g->error : -ENOMEM;
	if (size < 0) {
		question_finish(r, q, size, NULL, 0);
		return;
	}
	r->bytes += (size_t)size - q->size;
	q->size = (size_t)size;
}

int questions_gathered(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct resolver *r = data;
	struct gathered *g = gather_take(r->gather);

	(void)source, (void)fd, (void)events;
	r->gathering.busy = false;
	if (r->gathering.kind == GATHER_MAPS)
		take_maps(r, g);
	else
		take_fetched(r, g);
	gathered_free(g);
	questions_pump(r);
	return 0;
}

int questions_start_gather(struct resolver *r)
{
	int error;

	r->gather = gather_new(r->proc);
	if (!r->gather)
		return -ENOMEM;
	error = sd_event_add_io(r->loop, &r->gather_source, gather_fd(r->gather), EPOLLIN,
				questions_gathered, r);
	if (error >= 0)
		return 0;
	gather_free(r->gather, false);
	r->gather = NULL;
	return error;
}

/* A process holds up whoever looks at it: the thread is left to it, and another goes on. */
static void abandon_gather(struct resolver *r)
{
	struct gathering *g = &r->gathering;
	struct question *q, *next;

	r->gather_source = sd_event_source_disable_unref(r->gather_source);
	gather_free(r->gather, false);
	r->gather = NULL;
	g->busy = false;
	DL_FOREACH_SAFE(r->questions, q, next)
	if (g->kind == GATHER_MAPS ? q->state == QUESTION_WAITS_MAPS && is_about(q, g->process)
				   : q->ticket == g->ticket)
		question_finish(r, q, -ETIMEDOUT, NULL, 0);
}

int questions_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct resolver *r = data;
	uint64_t now = clock_usec(CLOCK_MONOTONIC);
	struct question *q, *next;

	(void)due;
	if (r->in_flight && !r->overdue &&
	    (now - r->head_since > ANSWER_USEC || cpu_usec(r) - r->head_cpu > ANSWER_CPU_USEC)) {
		r->overdue = true;
		link_kill(r->link);
	}
	if (r->gathering.busy && now - r->gathering.since > GATHER_USEC)
		abandon_gather(r);
	DL_FOREACH_SAFE(r->questions, q, next)
	if (q->state != QUESTION_SENT && now - q->taken > RESOLVER_WAIT_SECONDS * 1000000ull)
		question_finish(r, q, -ETIMEDOUT, NULL, 0);
	questions_pump(r);
	sd_event_source_set_time_relative(source, RESOLVER_TIMER_USEC);
	return 0;
}
