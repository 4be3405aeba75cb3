// SPDX-License-Identifier: BSD-2-Clause
/* The loop's side: what is to be done goes into a queue, what is done comes back. */
#include "store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "store/state.h"

#define STOP_MSEC 3000 /* for what waits to be written at the end */

void job_free(struct job *job)
{
	if (job->kind == JOB_BOX)
		job->box.drop(job->box.data);
	free(job);
}

static void saying_free(struct saying *saying)
{
	free(saying->line);
	free(saying);
}

static void drop_jobs(struct jobs *jobs)
{
	struct job *job;

	while ((job = STAILQ_FIRST(jobs))) {
		STAILQ_REMOVE_HEAD(jobs, next);
		job_free(job);
	}
}

void store_destroy(struct store *s)
{
	struct saying *saying;

	drop_jobs(&s->writes);
	drop_jobs(&s->reads);
	drop_jobs(&s->histories);
	drop_jobs(&s->sites);
	drop_jobs(&s->finished);
	while ((saying = STAILQ_FIRST(&s->sayings))) {
		STAILQ_REMOVE_HEAD(&s->sayings, next);
		saying_free(saying);
	}
	store_found_free(s->found);
	if (s->wake >= 0)
		close(s->wake);
	pthread_cond_destroy(&s->reached);
	pthread_cond_destroy(&s->wanted);
	pthread_mutex_destroy(&s->worker.lock);
	free(s);
}

static void init_conditions(struct store *s)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wanted, &monotonic);
	pthread_cond_init(&s->reached, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

struct store *store_new(const struct store_config *config, const char *boot,
			const struct store_calls *calls)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	STAILQ_INIT(&s->writes);
	STAILQ_INIT(&s->reads);
	STAILQ_INIT(&s->histories);
	STAILQ_INIT(&s->sites);
	STAILQ_INIT(&s->finished);
	STAILQ_INIT(&s->sayings);
	s->config = *config;
	s->calls = *calls;
	snprintf(s->boot, sizeof(s->boot), "%s", boot);
	s->lock = s->history.fd = -1;
	s->ledger = LEDGER_CLOSED;
	init_conditions(s);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker_start(&s->worker, store_work, s)) {
		store_destroy(s);
		return NULL;
	}
	return s;
}

/* With the lock held: waits for a flag of the thread's. */
static bool await(struct store *s, const bool *flag, unsigned int msec)
{
	struct timespec until = worker_deadline(CLOCK_MONOTONIC, msec);

	while (!*flag)
		if (pthread_cond_timedwait(&s->reached, &s->worker.lock, &until) == ETIMEDOUT)
			break;
	return *flag;
}

/* Whoever asked is told; nobody does any more. */
static void cancel_reads(struct store *s)
{
	struct jobs left = STAILQ_HEAD_INITIALIZER(left);
	struct job *job;

	STAILQ_CONCAT(&left, &s->finished);
	STAILQ_CONCAT(&left, &s->reads);
	pthread_mutex_unlock(&s->worker.lock);
	while ((job = STAILQ_FIRST(&left))) {
		STAILQ_REMOVE_HEAD(&left, next);
		job->reading.done(-ECANCELED, job->reading.data);
		job_free(job);
	}
	pthread_mutex_lock(&s->worker.lock);
}

void store_free(struct store *s)
{
	pthread_t thread;

	if (!s)
		return;
	store_dispatch(s);
	thread = s->worker.thread;
	pthread_mutex_lock(&s->worker.lock);
	s->worker.stop = true;
	pthread_cond_signal(&s->wanted);
	await(s, &s->ended, STOP_MSEC);
	cancel_reads(s);
	if (worker_leave(&s->worker))
		store_destroy(s);
	worker_join(thread);
}

void store_configure(struct store *s, const struct store_config *config)
{
	pthread_mutex_lock(&s->worker.lock);
	s->config.retention = config->retention;
	s->config.max_bytes = config->max_bytes;
	pthread_mutex_unlock(&s->worker.lock);
}

struct store_found *store_load(struct store *s, unsigned int msec)
{
	struct store_found *found;

	pthread_mutex_lock(&s->worker.lock);
	await(s, &s->loaded, msec);
	found = s->found;
	s->found = NULL;
	s->late = true;
	pthread_mutex_unlock(&s->worker.lock);
	return found;
}

void store_found_free(struct store_found *found)
{
	if (!found)
		return;
	for (size_t i = 0; i < found->history_count; i++)
		forecast_free(found->histories[i].forecast);
	free(found->incidents);
	free(found->notices);
	free(found->histories);
	free(found->programs);
	free(found->sites);
	free(found);
}

int store_fd(const struct store *s)
{
	return s->wake;
}

/* With the lock held. */
void store_say(struct store *s, int level, const char *format, ...)
{
	struct saying *saying = calloc(1, sizeof(*saying));
	va_list args;
	int length;

	if (!saying)
		return;
	saying->level = level;
	va_start(args, format);
	length = vasprintf(&saying->line, format, args);
	va_end(args);
	if (length < 0) {
		free(saying);
		return;
	}
	STAILQ_INSERT_TAIL(&s->sayings, saying, next);
	eventfd_write(s->wake, 1);
}

static void say_all(struct store *s)
{
	struct saying *saying;

	while ((saying = STAILQ_FIRST(&s->sayings))) {
		STAILQ_REMOVE_HEAD(&s->sayings, next);
		pthread_mutex_unlock(&s->worker.lock);
		s->calls.log(saying->level, saying->line, s->calls.data);
		saying_free(saying);
		pthread_mutex_lock(&s->worker.lock);
	}
}

void store_dispatch(struct store *s)
{
	eventfd_t count;
	struct job *job;
	uint64_t kept_id = 0;
	bool renewed;

	eventfd_read(s->wake, &count);
	pthread_mutex_lock(&s->worker.lock);
	say_all(s);
	while ((job = STAILQ_FIRST(&s->finished))) {
		STAILQ_REMOVE_HEAD(&s->finished, next);
		pthread_mutex_unlock(&s->worker.lock);
		job->reading.done(job->result, job->reading.data);
		job_free(job);
		pthread_mutex_lock(&s->worker.lock);
	}
	renewed = s->renewed;
	s->renewed = false;
	if (s->told_kept_id < s->kept_id)
		s->told_kept_id = kept_id = s->kept_id;
	pthread_mutex_unlock(&s->worker.lock);
	if (renewed)
		s->calls.renewed(s->calls.data);
	if (kept_id)
		s->calls.kept(kept_id, s->calls.data);
}

static struct job *job_new(enum job_kind kind, size_t more)
{
	struct job *job = calloc(1, sizeof(*job) + more);

	if (!job)
		return NULL;
	job->kind = kind;
	job->bytes = sizeof(*job) + more;
	return job;
}

/* Takes the job over, whatever comes of it. */
static int add_write(struct store *s, struct job *job)
{
	int r = 0;

	if (!job)
		return -ENOMEM;
	pthread_mutex_lock(&s->worker.lock);
	if (s->write_count >= STORE_JOBS || s->write_bytes + job->bytes > STORE_BYTES) {
		s->overflows++;
		r = -ENOBUFS;
	} else {
		s->puts++;
		s->write_count++;
		s->write_bytes += job->bytes;
		STAILQ_INSERT_TAIL(&s->writes, job, next);
		if (job_event(job) > s->put_id)
			s->put_id = job_event(job);
		pthread_cond_signal(&s->wanted);
	}
	pthread_mutex_unlock(&s->worker.lock);
	if (r < 0)
		job_free(job);
	return r;
}

int store_put(struct store *s, const struct incident *incident)
{
	struct job *job = job_new(JOB_INCIDENT, 0);

	if (job)
		job->incident = *incident;
	return add_write(s, job);
}

int store_put_box(struct store *s, const struct store_box *box)
{
	struct job *job = job_new(JOB_BOX, 0);

	if (job) {
		job->box = *box;
		job->bytes += box->bytes;
	} else {
		box->drop(box->data);
	}
	return add_write(s, job);
}

int store_put_notice(struct store *s, const struct notice *notice, uint32_t channels)
{
	struct job *job = job_new(JOB_NOTICE, 0);

	if (job) {
		job->notice.notice = *notice;
		job->notice.channels = channels;
	}
	return add_write(s, job);
}

int store_put_step(struct store *s, const struct incident *incident, const struct notice *notice,
		   uint32_t channels)
{
	struct job *job = job_new(JOB_STEP, 0);

	if (job) {
		job->notice.notice = *notice;
		job->notice.channels = channels;
		job->notice.incident = *incident;
	}
	return add_write(s, job);
}

int store_told(struct store *s, uint64_t event_id, uint32_t channels)
{
	struct job *job = job_new(JOB_TOLD, 0);

	if (job) {
		job->told.event_id = event_id;
		job->told.channels = channels;
	}
	return add_write(s, job);
}

uint64_t store_put_count(struct store *s)
{
	uint64_t puts;

	pthread_mutex_lock(&s->worker.lock);
	puts = s->puts;
	pthread_mutex_unlock(&s->worker.lock);
	return puts;
}

bool store_waits(struct store *s, uint64_t put_count)
{
	bool waits;

	pthread_mutex_lock(&s->worker.lock);
	waits = put_count > s->puts - s->write_count; /* they leave in the order they came */
	pthread_mutex_unlock(&s->worker.lock);
	return waits;
}

/* With the lock held. Those count whose clients have gone, too: a disk that hangs holds them. */
static bool may_read(const struct store *s, const struct incident_query *query)
{
	size_t all = 0, ordinary = 0, own = 0;
	const struct job *job;

	STAILQ_FOREACH(job, &s->reads, next)
	{
		all++;
		ordinary += !job->reading.query.all;
		own += !job->reading.query.all && job->reading.query.uid == query->uid;
	}
	if (query->all)
		return all < STORE_READS;
	return own < STORE_USER_READS && ordinary < STORE_ORDINARY_READS;
}

int store_read(struct store *s, const struct incident_reading *reading)
{
	struct job *job = job_new(JOB_READ, 0);
	bool may;

	if (!job)
		return -ENOMEM;
	job->reading = *reading;
	pthread_mutex_lock(&s->worker.lock);
	may = may_read(s, &reading->query);
	if (may) {
		STAILQ_INSERT_TAIL(&s->reads, job, next);
		pthread_cond_signal(&s->wanted);
	}
	pthread_mutex_unlock(&s->worker.lock);
	if (!may)
		job_free(job);
	return may ? 0 : -ENOBUFS;
}

/* Into a queue that may hold so many bytes; takes the job over, whatever comes of it. */
static int add_bounded(struct store *s, struct jobs *jobs, struct job *job, size_t *held,
		       size_t most)
{
	int r = 0;

	pthread_mutex_lock(&s->worker.lock);
	if (*held + job->bytes > most) {
		r = -ENOBUFS;
	} else {
		*held += job->bytes;
		STAILQ_INSERT_TAIL(jobs, job, next);
		pthread_cond_signal(&s->wanted);
	}
	pthread_mutex_unlock(&s->worker.lock);
	if (r < 0)
		job_free(job);
	return r;
}

int store_put_history(struct store *s, const struct store_history *of, const void *bytes,
		      size_t size)
{
	struct job *job = job_new(JOB_HISTORY, size);

	if (!job)
		return -ENOMEM;
	job->history.key = (struct history_key){of->start_time, of->pid, of->slot, of->turn};
	job->history.size = size;
	memcpy(job + 1, bytes, size);
	return add_bounded(s, &s->histories, job, &s->history_bytes, STORE_HISTORY_BYTES);
}

int store_put_sites(struct store *s, enum store_sites what, const void *bytes, size_t size)
{
	struct job *job = job_new(JOB_SITES, size);

	if (!job)
		return -ENOMEM;
	job->sites.what = what;
	job->sites.size = size;
	if (size)
		memcpy(job + 1, bytes, size);
	return add_bounded(s, &s->sites, job, &s->sites_bytes, STORE_SITES_BYTES);
}
