// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/resolution.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "resolve/resolve.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define JOBS_MAX 4096     /* sites that wait to be resolved */
#define QUESTIONS_MAX 900 /* open at a time: below the resolver's own bound */
#define JOB_QUESTIONS (1 + SIGHTING_PYTHON_MAX)
#define SHORT_STACK 3 /* frames: hardly a whole one */
#define PYTHON_TRIES 6
#define PYTHON_FIRST_USEC 20000 /* a program's libraries are mapped by then; ×4 each time */

/* A site on its way. */
struct job {
	TAILQ_ENTRY(job) entry;
	struct space *space;
	struct site *site; /* the space's */
	struct site_sighting seen;
	unsigned open; /* questions */
	size_t native_count;
	struct frame native[STACK_MAX];
	struct frame python[SIGHTING_PYTHON_MAX];
};

enum question_kind { ASK_UNWOUND, ASK_SYMBOLS, ASK_LINE, ASK_PYTHON };

/* A stack on its way, kept to be asked of again. */
struct unwinding {
	struct site_sighting seen;
	struct unwind_registers registers;
	bool again;
	size_t size;
	unsigned char stack[];
};

/* Asked of the resolver; the answer comes under its id. */
struct question {
	uint64_t id;
	enum question_kind kind;
	struct job *job;             /* ASK_SYMBOLS, ASK_LINE */
	uint32_t index;              /* ASK_LINE: of the Python frame */
	struct space *space;         /* ASK_UNWOUND, ASK_PYTHON: a reference */
	struct unwinding *unwinding; /* ASK_UNWOUND */
	UT_hash_handle hh;
};

struct retry {
	LIST_ENTRY(retry) entry;
	struct resolution *resolution;
	struct space *space; /* a reference */
	sd_event_source *timer;
};

struct resolution {
	struct resolution_source source;
	sd_event *loop;
	struct resolver *resolver;
	struct question *questions;
	TAILQ_HEAD(, job) waiting;
	LIST_HEAD(, retry) retries;
	size_t job_count; /* waiting and under way */
	uint64_t last_id;
};

static struct resolver_process process_of(const struct space *space,
					  const struct site_sighting *seen)
{
	if (seen && space->gone)
		return (struct resolver_process){seen->pid, seen->start_time};
	return (struct resolver_process){space->pid, space->start_time};
}

static struct question *question_new(struct resolution *r, enum question_kind kind)
{
	struct question *question;

	if (HASH_COUNT(r->questions) >= RESOLVER_OPEN_MAX)
		return NULL;
	question = calloc(1, sizeof(*question));
	if (!question)
		return NULL;
	question->id = ++r->last_id;
	question->kind = kind;
	HASH_ADD(hh, r->questions, id, sizeof(question->id), question);
	if (question->hh.tbl)
		return question;
	free(question);
	return NULL;
}

static void question_free(struct resolution *r, struct question *question)
{
	HASH_DEL(r->questions, question);
	if (question->unwinding)
		site_set_expect(question->space->sites, false);
	space_unref(question->space);
	free(question->unwinding);
	free(question);
}

static struct question *question_find(struct resolution *r, uint64_t id)
{
	struct question *question;

	HASH_FIND(hh, r->questions, &id, sizeof(id), question);
	return question;
}

static void job_free(struct resolution *r, struct job *job)
{
	r->job_count--;
	space_unref(job->space);
	free(job);
}

static void finish(struct resolution *r, struct job *job)
{
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, job->native, job->native_count, job->python,
				   job->seen.python_count, &call);

	if (count)
		site_resolve(job->space->sites, job->site, merged, count, call);
	else
		site_lose(job->space->sites, job->site);
	if (job->site->state == SITE_KNOWN)
		r->source.known(job->space, job->site, r->source.data);
	job_free(r, job);
	r->source.changed(r->source.data);
}

/* A site is known when all of its questions are answered. */
static void answered(struct resolution *r, struct job *job)
{
	if (--job->open == 0)
		finish(r, job);
}

static void ask_symbols(struct resolution *r, struct job *job)
{
	struct question *question;

	if (!job->seen.native_count)
		return;
	question = question_new(r, ASK_SYMBOLS);
	if (!question)
		return;
	question->job = job;
	job->open++;
	if (resolver_symbolize(r->resolver, question->id, process_of(job->space, &job->seen),
			       job->seen.native, job->seen.native_count, true) < 0) {
		job->open--;
		question_free(r, question);
	}
}

static void ask_line(struct resolution *r, struct job *job, uint32_t index,
		     const struct code_view *code)
{
	struct question *question = question_new(r, ASK_LINE);

	if (!question)
		return;
	question->job = job;
	question->index = index;
	job->open++;
	if (resolver_python_line(r->resolver, question->id, job->space->lines, code->first_line,
				 code->lines, code->size,
				 (uint32_t)job->seen.python[index].instruction) < 0) {
		job->open--;
		question_free(r, question);
	}
}

static void begin_python(struct resolution *r, struct job *job, uint32_t index)
{
	const struct code *code = space_find_code(job->space, job->seen.python[index].code);
	struct frame *frame = &job->python[index];
	struct code_view view;

	frame->language = FRAME_PYTHON;
	if (!code)
		return;
	view = code_view(code);
	frame->function = view.name;
	frame->file = view.file;
	if (job->seen.python[index].instruction < 0)
		frame->line = view.first_line > 0 ? (uint32_t)view.first_line : 0;
	else
		ask_line(r, job, index, &view);
}

static void begin_jobs(struct resolution *r)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&r->waiting)) &&
	       HASH_COUNT(r->questions) + JOB_QUESTIONS <= QUESTIONS_MAX) {
		TAILQ_REMOVE(&r->waiting, job, entry);
		job->open = 1; /* until all are asked */
		ask_symbols(r, job);
		for (uint32_t i = 0; i < job->seen.python_count; i++)
			begin_python(r, job, i);
		answered(r, job);
	}
}

void resolution_site(struct resolution *r, struct space *space, const struct site_sighting *seen)
{
	struct site *site = site_set_add(space->sites, seen->site, seen->time);
	struct job *job;

	if (!site || site->state != SITE_PENDING || site->asked)
		return;
	job = r->job_count < JOBS_MAX ? calloc(1, sizeof(*job)) : NULL;
	if (!job) {
		site_lose(space->sites, site);
		return;
	}
	site->asked = true;
	job->space = space_ref(space);
	job->site = site;
	job->seen = *seen;
	r->job_count++;
	TAILQ_INSERT_TAIL(&r->waiting, job, entry);
	begin_jobs(r);
}

/* One native frame of an answer; its strings are kept in the space's set. */
static void add_native(struct job *job, const struct symbol *s)
{
	struct site_set *sites = job->space->sites;
	struct frame *frame = &job->native[job->native_count];

	if (job->native_count == STACK_MAX)
		return;
	job->native_count++;
	*frame = (struct frame){
		.function = site_set_keep(sites, s->function),
		.file = site_set_keep(sites, s->file),
		.module = site_set_keep(sites, s->module),
		.build_id = site_set_keep(sites, s->build_id),
		.offset = s->module_offset,
		.line = s->line,
		.language =
			s->kind == MODULE_JIT || s->kind == MODULE_NONE ? FRAME_JIT : FRAME_NATIVE,
	};
	if (s->kind == MODULE_NONE && s->index < job->seen.native_count)
		frame->offset = job->seen.native[s->index];
}

static bool is_python_library(const struct symbol *s)
{
	return strstr(s->module, "/libpython") != NULL;
}

static void ask_python(struct resolution *r, struct space *space);

static void on_symbolized(uint64_t id, int error, const struct symbolized *symbols, void *data)
{
	struct resolution *r = data;
	struct question *question = question_find(r, id);
	struct job *job;
	bool python = false;

	if (!question)
		return;
	job = question->job;
	for (size_t i = 0; !error && i < symbols->count; i++) {
		add_native(job, &symbols->symbols[i]);
		python |= is_python_library(&symbols->symbols[i]);
	}
	if (python && !job->space->python) /* it was loaded later */
		ask_python(r, job->space);
	question_free(r, question);
	answered(r, job);
	begin_jobs(r);
}

static void on_line(uint64_t id, int error, uint32_t line, void *data)
{
	struct resolution *r = data;
	struct question *question = question_find(r, id);
	struct job *job;

	if (!question)
		return;
	job = question->job;
	if (!error)
		job->python[question->index].line = line;
	question_free(r, question);
	answered(r, job);
	begin_jobs(r);
}

/* The site is made of what is known, even if that is its innermost frame alone. */
static void learn(struct resolution *r, const struct question *question,
		  const struct unwind_step *steps, size_t count)
{
	struct site_sighting site;

	if (kernel_learn(r->source.kernel, &question->unwinding->seen, steps, count, &site) < 0)
		return;
	site_set_alias(question->space->sites, question->unwinding->seen.site, site.site);
	r->source.alias(question->space, question->unwinding->seen.site, site.site, r->source.data);
	resolution_site(r, question->space, &site);
}

static int ask_unwound(struct resolution *r, struct question *question)
{
	const struct unwinding *u = question->unwinding;

	return resolver_unwind(r->resolver, question->id, process_of(question->space, &u->seen),
			       &u->registers, u->stack, u->size);
}

/* A program that has just started may not have had all of its libraries mapped when looked at. */
static bool ask_again(struct resolution *r, struct question *question,
		      const struct unwound *unwound)
{
	if (question->unwinding->again || unwound->complete || unwound->count >= SHORT_STACK)
		return false;
	question->unwinding->again = true;
	return ask_unwound(r, question) == 0;
}

static void on_unwound(uint64_t id, int error, const struct unwound *unwound, void *data)
{
	struct resolution *r = data;
	struct question *question = question_find(r, id);
	struct unwind_step steps[UNWIND_FRAMES_MAX] = {};

	if (!question || (!error && ask_again(r, question, unwound)))
		return;
	for (uint32_t i = 0; !error && i < unwound->count; i++)
		steps[i] = (struct unwind_step){unwound->frames[i].pc, unwound->frames[i].rule};
	if (!error) {
		learn(r, question, steps, unwound->count);
	} else if (error == -ESRCH || question->unwinding->seen.native_count == 1) {
		steps[0].pc = question->unwinding->seen.native[0];
		learn(r, question, steps, 1);
	}
	question_free(r, question);
	begin_jobs(r);
	r->source.changed(r->source.data);
}

void resolution_slice(struct resolution *r, struct space *space, const struct stack_slice *slice)
{
	struct question *question = question_new(r, ASK_UNWOUND);
	struct unwinding *u;

	if (!question)
		return;
	question->space = space_ref(space);
	question->unwinding = u = malloc(sizeof(*u) + slice->size);
	if (!u) {
		question_free(r, question);
		return;
	}
	*u = (struct unwinding){
		.seen = slice->seen, .registers = slice->registers, .size = slice->size};
	memcpy(u->stack, slice->stack, slice->size);
	site_set_expect(space->sites, true);
	if (ask_unwound(r, question) < 0)
		question_free(r, question);
}

static void retry_free(struct retry *retry)
{
	LIST_REMOVE(retry, entry);
	sd_event_source_disable_unref(retry->timer);
	space_unref(retry->space);
	free(retry);
}

static int on_retry(sd_event_source *source, uint64_t now, void *data)
{
	struct retry *retry = data;

	(void)source, (void)now;
	ask_python(retry->resolution, retry->space);
	retry_free(retry);
	return 0;
}

/* A program has its libraries mapped only a while after it was executed. */
static void retry_later(struct resolution *r, struct space *space)
{
	uint64_t usec = PYTHON_FIRST_USEC << 2 * space->python_tries;
	struct retry *retry;

	if (space->gone || ++space->python_tries >= PYTHON_TRIES)
		return;
	retry = calloc(1, sizeof(*retry));
	if (!retry)
		return;
	retry->resolution = r;
	retry->space = space_ref(space);
	LIST_INSERT_HEAD(&r->retries, retry, entry);
	if (sd_event_add_time_relative(r->loop, &retry->timer, CLOCK_MONOTONIC, usec, 1000,
				       on_retry, retry) < 0)
		retry_free(retry);
}

static void on_python(uint64_t id, int error, const struct python_layout *layout, void *data)
{
	struct resolution *r = data;
	struct question *question = question_find(r, id);
	struct space *space;

	if (!question)
		return;
	space = question->space;
	space->finding = false;
	r->source.changed(r->source.data);
	if (!error && kernel_python(r->source.kernel, space->number, layout) == 0) {
		space->python = true;
		space->lines = layout->lines;
	} else if (error) {
		retry_later(r, space);
	}
	question_free(r, question);
	begin_jobs(r);
}

static void ask_python(struct resolution *r, struct space *space)
{
	struct question *question;

	if (space->python || space->finding || space->gone)
		return;
	question = question_new(r, ASK_PYTHON);
	if (!question)
		return;
	question->space = space_ref(space);
	space->finding = true;
	if (resolver_find_python(r->resolver, question->id, process_of(space, NULL)) == 0)
		return;
	space->finding = false;
	question_free(r, question);
}

void resolution_begin(struct resolution *r, struct space *space)
{
	resolver_prepare(r->resolver, ++r->last_id, process_of(space, NULL));
	ask_python(r, space);
}

bool resolution_settled(struct resolution *r, struct space *space)
{
	if (!space->held && !space->finding) {
		space->held = true;
		ask_python(r, space);
	}
	return !space->finding && site_set_pending(space->sites) == 0;
}

void resolution_end(struct resolution *r, struct space *space)
{
	if (space->gone)
		return;
	space->gone = true;
	resolver_forget(r->resolver, process_of(space, NULL));
}

static void on_prepared(uint64_t id, int error, void *data)
{
	(void)id, (void)error, (void)data;
}

static void on_log(const char *line, void *data)
{
	struct resolution *r = data;

	r->source.log(line, r->source.data);
}

int resolution_new(struct resolution **resolution, sd_event *loop,
		   const struct resolution_source *source)
{
	struct resolution *r = calloc(1, sizeof(*r));
	struct resolver_handlers handlers = {
		.unwound = on_unwound,
		.symbolized = on_symbolized,
		.python_found = on_python,
		.python_line = on_line,
		.prepared = on_prepared,
		.log = on_log,
		.data = r,
	};
	int error;

	if (!r)
		return -ENOMEM;
	r->source = *source;
	r->loop = loop;
	TAILQ_INIT(&r->waiting);
	error = resolver_new(&r->resolver, loop, source->proc, source->program, &handlers);
	if (error < 0) {
		free(r);
		return error;
	}
	*resolution = r;
	return 0;
}

void resolution_free(struct resolution *r)
{
	struct question *question, *next;
	struct job *job;

	if (!r)
		return;
	resolver_free(r->resolver);
	while ((job = TAILQ_FIRST(&r->waiting))) {
		TAILQ_REMOVE(&r->waiting, job, entry);
		job_free(r, job);
	}
	HASH_ITER (hh, r->questions, question, next) {
		job = question->job;
		if (job && --job->open == 0)
			job_free(r, job);
		question_free(r, question);
	}
	while (!LIST_EMPTY(&r->retries))
		retry_free(LIST_FIRST(&r->retries));
	free(r);
}
